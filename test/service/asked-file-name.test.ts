import { beforeAll, describe, expect, it } from 'vitest';
import { askFiles } from '../support/ask-files.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { clearsign, makeKey, sha256 } from '../support/signing.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

// kubernetes-sigs/node-feature-discovery publishes its chart as node-feature-discovery-chart-0.14.0.tgz, and signs it
// under this name. Helm looks for nothing else.

describe('a chart whose signed files map names another file than name and version would', () => {
  let world: World;
  let archive: Uint8Array;
  let prov: Uint8Array;

  beforeAll(async () => {
    const signer = await makeKey();
    world = await createWorld({ files: { 'release.asc': signer.publicKey.write() } });
    archive = await fixture('demo/app-1.2.3.tgz');
    const chartYaml = new TextDecoder().decode(await fixture('charts/app/Chart.yaml'));
    const text = `${chartYaml}\n...\nfiles:\n  renamed-1.2.3.tgz: ${sha256(archive)}\n`;
    prov = new TextEncoder().encode(await clearsign(text, signer));
  });

  it.each(['renamed', 'app'])(
    'is the chart asked for in a repository called %s, at every depth',
    async (name) => {
      await world.registry.pushChart(`charts/${name}`, '1.2.3', { archive, prov, config: await appConfig() });
      for (const depth of ['signature', 'content']) {
        const { body } = await ask(
          world.service,
          { reference: `oci://registry.test/charts/${name}:1.2.3`, depth },
          AUTHORIZED,
        );
        expect(body.reasons[0].code).toBe('policy.satisfied');
        expect(body.verdict).toBe('allow');
      }
    },
  );

  it('is not in a repository of a third name', async () => {
    await world.registry.pushChart('charts/other', '1.2.3', { archive, prov });
    for (const depth of ['signature', 'content']) {
      const { body } = await ask(
        world.service,
        { reference: 'oci://registry.test/charts/other:1.2.3', depth },
        AUTHORIZED,
      );
      expect(body.verdict).toBe('deny');
      expect(body.reasons[0].code).toBe('chart.name_mismatch');
    }
  });

  it.each([
    ['renamed-1.2.3.tgz', 'allow'],
    ['app-1.2.3.tgz', 'allow'],
    ['other-1.2.3.tgz', 'deny'],
  ])('as the file %s: %s', async (fileName, verdict) => {
    const { body } = await askFiles(
      world.service,
      { chart: archive, fileName, provenance: prov, policy: 'default' },
      AUTHORIZED,
    );
    expect(body.verdict).toBe(verdict);
  });
});
