import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { askFiles } from '../support/ask-files.ts';
import { ask } from '../support/service.ts';
import { vectorsDir } from '../support/vectors.ts';
import { AUTHORIZED, createWorld, type World } from '../support/world.ts';

// Charts and provenance files as other people published them. index.json says of each what is true of signature and
// digest. Each is pushed where `helm push` would put it, in a repository of its own.

interface Case {
  source: string;
  dir: string;
  prov: string;
  archive: string;
  expect: string;
  signer: { keyid: string; keyring: string | null };
}

/** Charts that Helm accepts and a strict rule denies, with the code: none of what people published. */
const DENIED_BY_STRICT_RULES: Record<string, string> = {};

const EXPIRED =
  'verified only if key expiry is judged at signing time (helm 3 ignores expiry, helm 4 rejects: key expired)';
const HOW_MANY: Record<string, number> = {
  verified: 24,
  [EXPIRED]: 18,
  'reject: mismatch': 4,
  'reject: bad signature': 1,
  'reject: no-digest-section': 4,
  'unverifiable: signer key not available (must never be reported verified)': 4,
  'unverifiable: signer key not available (must never be reported verified); and digest: mismatch': 2,
  PLUGINS: 10,
};

const folder = `${vectorsDir}/real-charts`;
const read = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`));
const cases: Case[] =
  vectorsDir === undefined ? [] : JSON.parse(readFileSync(`${folder}/index.json`, 'utf8'));
const keyrings = new Map(
  cases.flatMap(({ source, signer }) =>
    signer.keyring === null ? [] : [[trustOf(signer.keyid), `${source}/${signer.keyring}`] as const],
  ),
);

function trustOf(keyId: string): string {
  return keyId.toLowerCase();
}

/** The policy of the signer's keyring; of all keys there are, where the signer's is not to be had. */
function policyOf({ signer }: Case): string {
  return signer.keyring === null ? 'all' : trustOf(signer.keyid);
}

// biome-ignore lint/suspicious/noExplicitAny: a report as parsed
type Report = any;
const codesOf = (report: Report): string[] => report.reasons.map(({ code }: { code: string }) => code);
const checksOf = (report: Report): string[] =>
  report.evidence[0].checks.map(
    ({ outcome, code }: { outcome: string; code: string }) => `${outcome} ${code}`,
  );
const saidByHelm = (report: Report): string[] =>
  report.clients.map(({ message }: { message: string }) => message);

let world: World;

describe.skipIf(!vectorsDir)('real charts', () => {
  beforeAll(async () => {
    const names = [...keyrings.keys()];
    world = await createWorld({
      config: {
        trust: Object.fromEntries([...keyrings].map(([name, path]) => [name, { pgp: path }])),
        policies: [
          ...names.map((name) => ({ name, match: [`registry.test/${name}/**`], require: name })),
          { name: 'all', match: ['**'], require: { anyOf: names } },
        ],
        limits: { rate: { callerVerifications: 1000 }, requestTimeoutMs: 10_000, overallTimeoutMs: 30_000 },
      },
      files: Object.fromEntries([...keyrings.values()].map((path) => [path, read(path)])),
    });
  });

  it('are 57, of each kind as many as the index says', () => {
    const count = (test: (each: Case) => boolean) => cases.filter(test).length;
    const counted = Object.keys(HOW_MANY).map((kind) => [
      kind,
      kind === 'PLUGINS' ? count(isPlugin) : count((each) => each.expect === kind),
    ]);
    expect(Object.fromEntries(counted)).toEqual(HOW_MANY);
    expect(cases).toHaveLength(57);
  });

  it.each(cases.map((record) => [record.dir, record] as const))(
    '%s, from a registry',
    async (_dir, record) => {
      const { archive, prov, name, version, metadata } = await load(record);
      const repository = `${policyOf(record)}/${record.dir.split('/').at(-1)}/${name}`;
      await world.registry.pushChart(repository, version, {
        archive,
        prov,
        ...(metadata === undefined ? {} : { config: metadata }),
      });
      const reference = `oci://registry.test/${repository}:${version}`;
      for (const depth of ['signature', 'content']) {
        const { status, body } = await ask(world.service, { reference, depth }, AUTHORIZED);
        expect(status).toBe(200);
        expectVerdict(body, record, depth === 'content');
        // Config and annotations are those that Helm writes for the archive, so nothing differs from the signed text.
        if (body.verdict === 'allow') expect(codesOf(body)).not.toContain('manifest.unsigned_differs');
      }
    },
  );

  it.each(cases.map((record) => [record.dir, record] as const))('%s, as files', async (_dir, record) => {
    const { archive, prov } = await load(record);
    const { status, body } = await askFiles(
      world.service,
      { chart: archive, fileName: record.archive, provenance: prov, policy: policyOf(record) },
      AUTHORIZED,
    );
    expect(status).toBe(200);
    expectVerdict(body, record, true);
  });
});

/** A Helm plugin is packaged and signed in the same way, and is no chart. */
function isPlugin({ source }: Case): boolean {
  return source === 'scottrigby__h4-example-plugins';
}

async function load(record: Case) {
  const archive = read(`${record.dir}/${record.archive}`);
  const prov = read(`${record.dir}/${record.prov}`);
  if (isPlugin(record)) {
    const [, name, version] = /^([a-z-]+?)(?:-(\d.*))?\.tgz$/.exec(record.archive) ?? [];
    return { archive, prov, name, version: version ?? '0.1.0', metadata: undefined };
  }
  const { metadata } = await readArchive(new Blob([archive]).stream());
  const { name, version } = metadata;
  return { archive, prov, name, version, metadata: { ...metadata } as Record<string, unknown> };
}

function expectVerdict(report: Report, record: Case, contentRead: boolean) {
  const codes = codesOf(report);
  const checks = checksOf(report);
  // What stands before all else when the content is read: a plugin is no chart; a file that is not called after its
  // chart is the one asked for only if somebody trusted signed that name.
  const first = !contentRead
    ? []
    : isPlugin(record)
      ? ['archive.no_chart']
      : report.subject.digest === null && record.archive.startsWith('node-feature-discovery-chart-')
        ? ['chart.name_mismatch']
        : [];
  const expectDenied = (...expected: string[]) => {
    expect(report.verdict).toBe('deny');
    expect([...new Set(codes)]).toEqual([...first, ...expected, 'policy.unsatisfied']);
  };
  if (record.expect.startsWith('unverifiable')) {
    expectDenied('pgp.untrusted_key');
    expect(report.subject.chart.signed).toBe(false);
    expect(saidByHelm(report)).toEqual(Array(3).fill('openpgp: signature made by unknown entity'));
  } else if (record.expect === 'reject: bad signature') {
    expectDenied('pgp.bad_signature');
    expect(report.subject.chart.signed).toBe(false);
  } else if (record.expect === 'reject: no-digest-section') {
    expectDenied('provenance.separator');
    expect(checks).toContain('pass pgp.signature_good');
    expect(saidByHelm(report)).toEqual(Array(3).fill('message block must have at least two parts'));
  } else if (record.expect === 'reject: mismatch') {
    expectDenied(...(isPlugin(record) ? ['provenance.metadata'] : []), 'pgp.digest_mismatch');
    expect(checks).toEqual(expect.arrayContaining(['pass pgp.signature_good', 'fail pgp.digest_mismatch']));
    expect(report.clients[0].message).toMatch(/^sha256 sum does not match for /);
  } else if (isPlugin(record)) {
    expectDenied('provenance.metadata');
    expect(checks).toEqual(expect.arrayContaining(['pass pgp.signature_good', 'pass pgp.digest_match']));
    expect(report.evidence[0].trustedAs).toEqual([]);
  } else {
    const expired = record.expect === EXPIRED;
    const strict = DENIED_BY_STRICT_RULES[record.dir];
    expect(codes).toEqual(strict ? [strict] : ['policy.satisfied', ...(expired ? ['pgp.key_expired'] : [])]);
    expect(report.verdict).toBe(strict ? 'deny' : 'allow');
    expect(report.subject.chart.signed).toBe(true);
    expect(checks).toEqual(expect.arrayContaining(['pass pgp.signature_good', 'pass pgp.digest_match']));
    const current = expired ? 'openpgp: key expired' : '';
    expect(saidByHelm(report)).toEqual(['', current, current]);
  }
}
