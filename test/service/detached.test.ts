import { beforeEach, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

const GOOD = 'oci://registry.test/charts/app:1.2.3';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 };
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map((reason) => reason.code);

let world: World;
let subject: { digest: string; bytes: Uint8Array };

async function attach(
  prov: string,
  change: (manifest: Record<string, unknown>) => void = () => {},
  of = subject.digest,
) {
  const bytes = await fixture(`demo/${prov}`);
  const digest = await world.registry.putBlob('charts/app', bytes);
  const config = await world.registry.putBlob('charts/app', new TextEncoder().encode('{}'));
  const manifest: Record<string, unknown> = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: MEDIA_TYPES.provenance,
    config: { ...EMPTY, digest: config },
    layers: [{ mediaType: MEDIA_TYPES.provenance, digest, size: bytes.length }],
    subject: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: of,
      size: subject.bytes.length,
    },
  };
  change(manifest);
  return world.registry.putManifest(
    'charts/app',
    undefined,
    manifest,
    'application/vnd.oci.image.manifest.v1+json',
  );
}

beforeEach(async () => {
  world = await createWorld();
  const archive = await fixture('demo/app-1.2.3.tgz');
  subject = await world.registry.pushChart('charts/app', '1.2.3', { archive, config: await appConfig() });
});

describe('a detached provenance', () => {
  it('suffices, and the report says that Helm does not look there', async () => {
    await attach('app-1.2.3.tgz.prov');
    const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED);
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain('pgp.detached');
    expect(body.subject).toMatchObject({ digest: subject.digest, chart: { name: 'app', signed: true } });
    expect(body.evidence[0].source.kind).toBe('referrer');
    expect(body.clients.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'refuse',
      'refuse',
      'refuse',
    ]);
  });

  it('is found by the fallback tag where the registry has no referrers API', async () => {
    const digest = await attach('app-1.2.3.tgz.prov');
    world.registry.quirks = { noReferrers: true };
    const tag = subject.digest.replace(':', '-');
    const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 700 };
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [entry],
    };
    const bytes = world.registry.getManifest('charts/app', digest)?.bytes.length ?? 0;
    entry.size = bytes;
    await world.registry.putManifest('charts/app', tag, index, 'application/vnd.oci.image.index.v1+json');
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('allow');
  });

  it('is found where the registry tells the type of its config in place of its own', async () => {
    await attach('app-1.2.3.tgz.prov');
    world.registry.quirks = { configAsArtifactType: true };
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('allow');
  });

  it('does no harm when it is bad, beside a good one', async () => {
    await attach('stranger/app-1.2.3.tgz.prov');
    await attach('app-1.0.0.tgz.prov');
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('deny');
    await attach('app-1.2.3.tgz.prov');
    const { body } = await ask(
      world.service,
      { reference: GOOD },
      { ...AUTHORIZED, 'cache-control': 'no-cache' },
    );
    expect(body.verdict).toBe('allow');
  });

  it('counts only for the manifest that it names itself', async () => {
    const other = await world.registry.pushChart('charts/app', '9.9.9', {
      archive: await fixture('demo/app-1.0.0.tgz'),
    });
    const digest = await attach('app-1.2.3.tgz.prov', undefined, other.digest);
    world.registry.quirks = { noReferrers: true };
    const size = world.registry.getManifest('charts/app', digest)?.bytes.length ?? 0;
    const entry = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest,
      size,
      artifactType: MEDIA_TYPES.provenance,
    };
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [entry],
    };
    await world.registry.putManifest(
      'charts/app',
      subject.digest.replace(':', '-'),
      index,
      'application/vnd.oci.image.index.v1+json',
    );
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('deny');
  });

  it('never approves by number: what is beyond the limit leaves the verdict open', async () => {
    for (let n = 0; n < 12; n++)
      await attach('stranger/app-1.2.3.tgz.prov', (manifest) =>
        Object.assign(manifest, { annotations: { n: `${n}` } }),
      );
    const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED);
    expect([body.verdict, body.retryable]).toEqual(['inconclusive', false]);
    expect(codes(body)).toContain('evidence.limit');
  });

  it('is not looked for while the layer satisfies', async () => {
    const prov = await fixture('demo/app-1.2.3.tgz.prov');
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      prov,
      config: await appConfig(),
    });
    world.registry.requests.length = 0;
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('allow');
    expect(world.registry.count(/referrers/)).toBe(0);
  });
});
