import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { vectorsDir } from '../support/vectors.ts';
import { DEMO, errorWords, type Helm, helm } from './helm.ts';
import { type SigningService, startSigning } from './signing-service.ts';
import { REFUSALS, SPOILT, type Spoilt, spoil } from './spoil.ts';
import { HELM_VERSIONS, type HelmVersion, toolPath } from './tools.ts';
import { alone, createChart, type Pushed, provenanceOf, push, realCharts } from './unsigned-charts.ts';

/** Charts that real Helm pushed without a signature, signed by a running service, judged by the real Helm versions. */

const installed = HELM_VERSIONS.filter((version) => toolPath(`helm-${version}`));
const registries = inject('registries').filter(({ auth }) => auth === 'open');
const charts = await realCharts();
if (!vectorsDir) console.log('NOT TESTED: signing real charts: there is no ../shared/vectors');

const helms = new Map<HelmVersion, Helm>();
const counts = { equal: 0, compared: 0, accepted: 0, refused: 0 };
let dir = '';
let service: SigningService;
let keyring = '';

beforeAll(async () => {
  dir = await mkdtemp(join(inject('dir'), 'signing-suite-'));
  for (const version of installed) helms.set(version, await helm(version, dir));
  service = await startSigning({ dir, hosts: registries.map(({ host }) => host) });
  keyring = await service.keyring();
});

afterAll(async () => {
  await service?.stop();
  console.log(
    `signing: ${counts.equal} of ${counts.compared} manifests are those that helm push makes with the same provenance; ` +
      `${counts.accepted} pulls verified by Helm, ${counts.refused} refused after one byte was changed`,
  );
});

type Signed = Pushed & { before: string };

/** Pushes without a signature, signs, and asks whether the manifest is the one that Helm would have made. */
async function signAndCompare(by: Helm, archive: string, host: string, folder: string): Promise<Signed> {
  const unsigned = await push(by, await alone(archive, dir), host, folder);
  const reference = `oci://${host}/${unsigned.repository}:${unsigned.tag}`;
  const { status, body } = await service.sign({ reference, expectedDigest: unsigned.digest });
  expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
  expect(body).toMatchObject({ before: unsigned.digest, changed: true, report: { verdict: 'allow' } });
  const provenance = await provenanceOf(host, unsigned);
  const byHelm = await push(by, await alone(archive, dir, provenance), host, `by-helm/${folder}`);
  counts.compared++;
  if (byHelm.digest === body.after) counts.equal++;
  expect(byHelm.digest, 'the manifest of helm push with this provenance').toBe(body.after);
  return { ...unsigned, before: unsigned.digest, digest: body.after };
}

const pull = (version: HelmVersion, host: string, { repository, version: wanted }: Pushed) =>
  helms.get(version)!.pullVerified(`oci://${host}/${repository}`, { version: wanted, keyring });

async function expectAccepted(version: HelmVersion, host: string, chart: Pushed): Promise<void> {
  const result = await pull(version, host, chart);
  expect(result.code, `Helm ${version}: ${result.stderr}`).toBe(0);
  expect(result.stdout + result.stderr).toMatch(/Chart Hash Verified|Signed by/);
  counts.accepted++;
}

async function expectRefused(
  version: HelmVersion,
  host: string,
  spoilt: Pushed,
  kind: Spoilt,
): Promise<void> {
  const result = await pull(version, host, spoilt);
  expect(result.code, `Helm ${version}, ${kind}`).toBe(1);
  expect(errorWords(result), `Helm ${version}, ${kind}`).toMatch(REFUSALS[kind]);
  counts.refused++;
}

async function expectDenied(host: string, { repository, tag }: Pushed): Promise<void> {
  const { verdict } = await service.verify(`oci://${host}/${repository}:${tag}`);
  expect(verdict).toBe('deny');
}

const all = (work: (version: HelmVersion) => Promise<void>) => Promise.all(installed.map(work));

describe.skipIf(installed.length === 0).each(registries)('signed on $name', ({ kind: registry, host }) => {
  const archives: { title: string; by: HelmVersion; make: (by: Helm) => Promise<string> | string }[] = [
    { title: 'helm create', by: '4.2.4', make: (by) => createChart(by, 'web', dir) },
    { title: 'helm create', by: '3.21.4', make: (by) => createChart(by, 'web', dir) },
    { title: 'build metadata', by: '4.2.4', make: (by) => createChart(by, 'web', dir, '1.4.0-rc.1+b.9') },
    { title: 'a v in the version', by: '4.2.4', make: (by) => createChart(by, 'web', dir, 'v2.0.0') },
    { title: 'v1 with requirements.yaml', by: '4.2.4', make: () => join(DEMO, 'legacy-0.1.0.tgz') },
    { title: 'v1 with requirements.yaml', by: '3.21.4', make: () => join(DEMO, 'legacy-0.1.0.tgz') },
    { title: 'subcharts', by: '3.21.3', make: () => join(DEMO, 'umbrella-0.3.0.tgz') },
  ];

  describe.each(archives.filter(({ by }) => installed.includes(by)))('$title, pushed by $by', (one) => {
    let chart: Signed;
    const folder = `signed/${one.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}/${one.by}`;

    it('is signed, and its manifest is the one that helm push makes', async () => {
      const by = helms.get(one.by)!;
      chart = await signAndCompare(by, await one.make(by), host, folder);
    });

    it('is accepted by every Helm', () => all((version) => expectAccepted(version, host, chart)));

    it.each(SPOILT)('is refused by every Helm after one byte of %s was changed', async (kind) => {
      const spoilt = await spoil(host, chart, kind);
      await expectDenied(host, spoilt);
      await all((version) => expectRefused(version, host, spoilt, kind));
    });

    it('is signed once: asked again with either digest, nothing changes', async () => {
      const reference = `oci://${host}/${chart.repository}:${chart.tag}`;
      for (const expectedDigest of [chart.before, chart.digest]) {
        const { status, body } = await service.sign({ reference, expectedDigest });
        expect([status, body.changed, body.after]).toEqual([200, false, chart.digest]);
      }
    });
  });

  describe.each(installed)('the commands of Helm %s that verify', (version) => {
    const commands = [
      ['template', ['template', 'release']],
      ['show chart', ['show', 'chart']],
      ['install', ['install', 'release', '--dry-run=client']],
    ] as const;

    it.each(commands)('%s: the signed chart passes, the changed one does not', async (name, words) => {
      const by = helms.get('4.2.4') ?? helms.get(version)!;
      const folder = `commands/${version}/${name.replace(' ', '-')}`;
      const chart = await signAndCompare(by, await createChart(by, 'web', dir), host, folder);
      const ask = ({ repository }: Pushed) =>
        helms
          .get(version)!
          .run([
            ...words,
            `oci://${host}/${repository}`,
            ...['--version', chart.version, '--verify', '--keyring', keyring, '--plain-http'],
          ]);
      const good = await ask(chart);
      // There is no cluster here. An install asks for one after it has verified.
      const passed = name === 'install' && /cluster unreachable/i.test(good.stderr) ? 0 : good.code;
      expect(passed, good.stderr).toBe(0);
      const bad = await ask(await spoil(host, chart, 'files'));
      expect(bad.code).toBe(1);
      expect(errorWords(bad).replace(/^INSTALLATION FAILED: /, '')).toMatch(REFUSALS.files);
    });
  });

  describe.skipIf(charts.length === 0)('real charts', () => {
    it.each(charts.map((chart, i) => ({ ...chart, i })))('$name', async ({ archive, i }) => {
      const turn = <T>(list: readonly T[], step: number) => list[step % list.length]!;
      const pusher = helms.get(i % 4 === 3 && installed.includes('3.21.4') ? '3.21.4' : '4.2.4')!;
      const chart = await signAndCompare(pusher, archive, host, `real/${i}`);
      // One registry is asked by all Helms, the other by each in turn; each changed byte is shown to one of them.
      if (registry !== registries[0]!.kind) return expectAccepted(turn(installed, i), host, chart);
      await all((version) => expectAccepted(version, host, chart));
      await Promise.all(
        SPOILT.map(async (kind, k) =>
          expectRefused(turn(installed, i + k), host, await spoil(host, chart, kind), kind),
        ),
      );
    });
  });
});
