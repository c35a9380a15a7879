import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { type ChartPush, HELM_TYPES } from '../../src/memory-registry/index.ts';
import { askFiles } from '../support/ask-files.ts';
import { fixture } from '../support/fixtures.ts';
import { type GoodVector, goodFixtures, goodSharedVectors } from '../support/good-vectors.ts';
import { mutateJson } from '../support/mutate-json.ts';
import { ask, runtime } from '../support/service.ts';
import { isSameSignature, signedParts } from '../support/signed-parts.ts';
import { sha256 } from '../support/signing.ts';
import { vectorsDir } from '../support/vectors.ts';
import { AUTHORIZED, createWorld, type World } from '../support/world.ts';

// Every allowed chart is asked for again with one byte or one field of it changed. An allow is right only where the
// original earned it: where
//   - the manifest that was pushed, read here by JSON.parse, has Helm's config type, exactly one chart layer with the
//     digest of the original archive, at most one provenance layer and no other;
//   - the provenance it names has, read here by RFC 9580, the same signed text and, among its signatures, the one that
//     counted before: the same in all that it hashes and in its values;
//   - the report says so: same archive, same name, version and appVersion from signed text, same signer, same time;
//   - no name stands twice in the manifest, whichever a reader would take.
// What may differ is what OpenPGP does not sign (blanks at line ends, the Hash header's spelling, the armor, the
// unhashed part of a signature) and what PGP does not cover (config, annotations, claimed sizes).

const fixtures = goodFixtures();
const shared = goodSharedVectors();
const FRESH = { ...AUTHORIZED, 'cache-control': 'no-cache' };
const BATCH = 240;

// biome-ignore lint/suspicious/noExplicitAny: reports and problems as parsed
type Answer = any;

interface Mutant {
  /** What was changed, for the message of a failure. */
  label: string;
  /** Under which heading it is counted. */
  kind: string;
  manifest: Uint8Array;
  prov?: Uint8Array;
  mediaType?: string;
  isDuplicate?: boolean;
}

interface Original extends GoodVector {
  tag: string;
  digest: string;
  manifest: Uint8Array;
  push: ChartPush;
  report: Answer;
  /** Which of the signatures counted. */
  counted: Buffer;
}

const tried = new Map<string, number>();
const allowed = new Map<string, number>();
const count = (counts: Map<string, number>, key: string, n = 1) =>
  counts.set(key, (counts.get(key) ?? 0) + n);

let world: World;
let evil: Uint8Array;

beforeAll(async () => {
  const keys = new Map([...fixtures.keys, ...shared.keys]);
  world = await createWorld({
    config: {
      trust: Object.fromEntries([...keys.keys()].map((name) => [name, { pgp: name }])),
      policies: [...keys.keys()].map((name) => ({
        name,
        match: [`registry.test/${name}/**`],
        require: name,
      })),
      limits: {
        rate: { callerVerifications: 1_000_000 },
        references: BATCH,
        requests: 10_000,
        concurrency: 24,
        jsonBytes: 1024 * 1024,
        overallTimeoutMs: 60_000,
        requestTimeoutMs: 30_000,
        retries: 0,
      },
    },
    files: Object.fromEntries(keys),
  });
  evil = await fixture('demo/tampered/app-1.2.3.tgz');
});

afterAll(() => {
  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  const lines = [...tried].map(([kind, n]) => `  ${kind}: ${n}`);
  const still = [...allowed].map(([why, n]) => `  ${why}: ${n}`);
  console.log(
    [
      `mutations tried on ${runtime}: ${sum(tried)}`,
      ...lines,
      `still allowed, as what was signed is unchanged: ${sum(allowed)}`,
      ...still,
    ].join('\n'),
  );
});

/** Pushes the vector as it is and asks for it. */
async function prepare(vector: GoodVector): Promise<Original> {
  const tag = vector.version.replaceAll('+', '_');
  const repository = `${vector.trust}/original/${vector.name}`;
  const push: ChartPush = {
    archive: vector.archive,
    prov: vector.prov,
    config: { name: vector.name, version: vector.version, apiVersion: 'v2', description: 'a chart' },
  };
  const { bytes } = await world.registry.pushChart(repository, tag, push);
  const { body } = await ask(world.service, { reference: `oci://registry.test/${repository}:${tag}` }, FRESH);
  expect([vector.title, body.verdict]).toEqual([vector.title, 'allow']);
  const index = body.evidence.findIndex(({ trustedAs }: Answer) => trustedAs.length > 0);
  return {
    ...vector,
    tag,
    digest: sha256(vector.archive),
    manifest: bytes,
    push,
    report: body,
    counted: signedParts(vector.prov).signatures[index] as Buffer,
  };
}

let next = 0;

/** Pushes each mutant to a repository of its own, asks for all of them, and judges the answers. */
async function tryAll(original: Original, mutants: Mutant[]): Promise<void> {
  for (let at = 0; at < mutants.length; at += BATCH) {
    const batch = mutants.slice(at, at + BATCH);
    const references: string[] = [];
    for (const mutant of batch) {
      const repository = `${original.trust}/m${next++}/${original.name}`;
      references.push(`oci://registry.test/${repository}:${original.tag}`);
      await world.registry.putBlob(repository, original.archive);
      await world.registry.putBlob(repository, evil);
      await world.registry.putBlob(repository, mutant.prov ?? original.prov);
      await world.registry.putManifest(repository, original.tag, mutant.manifest, mutant.mediaType);
    }
    const { status, body } = await ask(world.service, { references }, FRESH);
    expect(status).toBe(200);
    expect(body).toHaveLength(batch.length);
    for (const [index, mutant] of batch.entries()) {
      judge(body[index], original, mutant, references[index] ?? '');
    }
  }
}

function judge(answer: Answer, original: Original, mutant: Mutant, reference: string): void {
  const where = `${original.title}: ${mutant.label}`;
  count(tried, mutant.kind);
  if (answer.verdict === 'allow') {
    expectEarned(answer, original, mutant, reference, where);
    count(allowed, why(original, mutant));
    return;
  }
  // A refusal, or a problem, says why, and is no failure of the service itself.
  const codes: string[] = answer.reasons?.map(({ code }: Answer) => code) ?? [answer.code];
  expect([where, codes.length > 0, codes.includes('internal.error'), answer.status >= 500]).toEqual([
    where,
    true,
    false,
    false,
  ]);
}

function expectEarned(report: Answer, original: Original, mutant: Mutant, reference: string, where: string) {
  expect([where, mutant.isDuplicate === true]).toEqual([where, false]);
  const manifest = JSON.parse(Buffer.from(mutant.manifest).toString());
  const layers: Answer[] = manifest.layers;
  const charts = layers.filter(({ mediaType }) =>
    [MEDIA_TYPES.chart, MEDIA_TYPES.legacyChart].includes(mediaType),
  );
  const provs = layers.filter(({ mediaType }) => mediaType === MEDIA_TYPES.provenance);
  const prov = mutant.prov ?? original.prov;
  expect({
    where,
    config: manifest.config.mediaType,
    layers: layers.length,
    charts: charts.map(({ digest }) => digest),
    provs: provs.map(({ digest }) => digest),
  }).toEqual({
    where,
    config: HELM_TYPES.config,
    layers: 2,
    charts: [original.digest],
    provs: [sha256(prov)],
  });
  expectSigned(report, original, prov, where);
  expect([where, report.subject.reference, report.subject.digest]).toEqual([
    where,
    reference,
    sha256(mutant.manifest),
  ]);
}

/** The signed text, the signature that counted, and what the report says of both, are those of the original. */
function expectSigned(report: Answer, original: Original, prov: Uint8Array, where: string) {
  const { text, signatures } = signedParts(prov);
  expect([where, text]).toEqual([where, signedParts(original.prov).text]);
  const isThere = signatures.some((signature) => isSameSignature(original.counted, signature));
  expect([where, isThere]).toEqual([where, true]);
  const shown = ({ subject, evidence }: Answer) => {
    const { name, version, appVersion, digest, signed } = subject.chart;
    const by = evidence.find(({ trustedAs }: Answer) => trustedAs.length > 0);
    const { fingerprint, keyId } = by.signer;
    return { name, version, appVersion, digest, signed, fingerprint, keyId, signedAt: by.signedAt };
  };
  expect([where, shown(report)]).toEqual([where, shown(original.report)]);
}

/** What an allowed mutant changed, which does not matter. */
function why(original: Original, mutant: Mutant): string {
  if (mutant.prov !== undefined) return whyProvenance(original.prov, mutant.prov);
  const before = JSON.parse(Buffer.from(original.manifest).toString());
  const after = JSON.parse(Buffer.from(mutant.manifest).toString());
  const changed = Object.keys(before).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  return `manifest, ${changed.join(' and ') || 'writing or a field that nobody knows'}`;
}

function whyProvenance(before: Uint8Array, after: Uint8Array): string {
  const lines = (bytes: Uint8Array) =>
    Buffer.from(bytes)
      .toString('latin1')
      .split('\n')
      .map((line) => line.replace(/[ \t\r]+$/, ''));
  const [a, b] = [lines(before), lines(after)];
  const at = a.findIndex((line, index) => line !== b[index]);
  if (at < 0) return 'provenance, blanks at the end of a line or of the file';
  const armor = a.indexOf('-----BEGIN PGP SIGNATURE-----');
  if (at < armor) return 'provenance, Hash header';
  if (/^=/.test(a[at] ?? '')) return 'provenance, checksum of the armor';
  const decode = (all: string[]) =>
    Buffer.from(
      all
        .slice(armor + 1)
        .filter((line) => /^[A-Za-z0-9+/]+=*$/.test(line))
        .join(''),
      'base64',
    );
  return decode(a).equals(decode(b))
    ? 'provenance, writing of the armor'
    : 'provenance, parts of the signature packet that are not signed';
}

/** The manifest as Helm would have pushed it with this provenance. */
async function manifestWith(original: Original, change: Partial<ChartPush>): Promise<Uint8Array> {
  const { bytes } = await world.registry.pushChart('scratch/app', original.tag, {
    ...original.push,
    ...change,
  });
  return bytes;
}

function flip(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

/** Positions of a text: all, or every so many, other ones for each vector. */
function positions(length: number, stride: number, offset: number): number[] {
  return Array.from({ length }, (_, at) => at).filter((at) => at % stride === offset % stride);
}

/** A bit of each byte, another from byte to byte. */
const maskAt = (at: number) => 1 << ((at * 5 + 3) % 8);

async function provenanceFlips(original: Original, stride: number, offset: number): Promise<Mutant[]> {
  const mutants: Mutant[] = [];
  for (const at of positions(original.prov.length, stride, offset)) {
    const prov = flip(original.prov, at, maskAt(at));
    const manifest = await manifestWith(original, { prov });
    mutants.push({ label: `bit of provenance byte ${at}`, kind: 'provenance bytes', manifest, prov });
  }
  return mutants;
}

function manifestFlips(original: Original, stride: number, offset: number): Mutant[] {
  return positions(original.manifest.length, stride, offset).map((at) => ({
    label: `bit of manifest byte ${at}`,
    kind: 'manifest bytes',
    manifest: flip(original.manifest, at, maskAt(at)),
  }));
}

function manifestFields(original: Original): Mutant[] {
  const text = Buffer.from(original.manifest).toString();
  const mutants = mutateJson(text, (path, value) => {
    if (path.endsWith('/digest')) return sha256(evil);
    if (path.endsWith('/mediaType')) return MEDIA_TYPES.chart;
    if (path.endsWith('/size')) return evil.length;
    if (path === '/layers')
      return [{ mediaType: MEDIA_TYPES.chart, digest: sha256(evil), size: evil.length }];
    if (/^\/(config|layers\/\d)$/.test(path))
      return { mediaType: MEDIA_TYPES.chart, digest: sha256(evil), size: evil.length };
    return typeof value === 'string' ? 'evil' : 0;
  });
  return mutants.map(({ label, text: mutated, isDuplicate }) => ({
    label,
    kind: 'manifest fields',
    manifest: new TextEncoder().encode(mutated),
    // Names of annotations are case-sensitive, those of fields are not for Go's readers.
    isDuplicate: isDuplicate === true && !/^\/annotations\/.* also as /.test(label),
  }));
}

/** Descriptors that change places, as a whole or in one field. */
function manifestSwaps(original: Original): Mutant[] {
  const mutants: Mutant[] = [];
  const places = ['config', '0', '1'];
  for (const one of places) {
    for (const other of places.filter((place) => place > one)) {
      for (const fields of [
        ['digest'],
        ['size'],
        ['mediaType'],
        ['digest', 'size'],
        ['digest', 'size', 'mediaType'],
      ]) {
        const manifest = JSON.parse(Buffer.from(original.manifest).toString());
        const at = (place: string) => (place === 'config' ? manifest.config : manifest.layers[Number(place)]);
        const [a, b] = [at(one), at(other)];
        for (const field of fields) [a[field], b[field]] = [b[field], a[field]];
        mutants.push({
          label: `${fields.join(', ')} of ${one} and ${other} swapped`,
          kind: 'manifest swaps',
          manifest: new TextEncoder().encode(JSON.stringify(manifest)),
        });
      }
    }
  }
  return mutants;
}

/** Each digit of the archive's digest as the manifest names it, and other ways to write it. */
function digestDigits(original: Original): Mutant[] {
  const text = Buffer.from(original.manifest).toString();
  const hex = original.digest.slice(7);
  const others = Array.from(hex, (digit, at) => {
    const other = ((Number.parseInt(digit, 16) + 1 + (at % 15)) % 16).toString(16);
    return hex.slice(0, at) + other + hex.slice(at + 1);
  });
  const digests = [
    ...others.map((other) => `sha256:${other}`),
    `sha256:${hex.toUpperCase()}`,
    `SHA256:${hex}`,
    `sha512:${hex}${hex}`,
    `sha256:${hex}00`,
    `sha256:${hex.slice(0, -2)}`,
    ` sha256:${hex}`,
    hex,
  ];
  return digests.map((digest) => ({
    label: `archive digest ${digest}`,
    kind: 'archive digest',
    manifest: new TextEncoder().encode(text.replace(original.digest, digest)),
  }));
}

/** Another archive with the same provenance, pushed as any chart is. */
async function archiveFlips(original: Original, stride: number, offset: number): Promise<Mutant[]> {
  const mutants: Mutant[] = [];
  for (const at of positions(original.archive.length, stride, offset)) {
    const archive = flip(original.archive, at, maskAt(at));
    const manifest = await manifestWith(original, { archive });
    mutants.push({ label: `bit of archive byte ${at}`, kind: 'archive bytes', manifest });
  }
  return mutants;
}

/** The registry sends other bytes under an unchanged digest. Nothing of that is ever allowed. */
async function tryLies(original: Original, part: 'archive' | 'provenance' | 'manifest', stride: number) {
  const digests = { archive: original.digest, provenance: sha256(original.prov) };
  const length = { archive: original.archive, provenance: original.prov, manifest: original.manifest }[part]
    .length;
  const references: string[] = [];
  for (const at of positions(length, stride, 1)) {
    const repository = `${original.trust}/m${next++}/${original.name}`;
    const { digest } = await world.registry.pushChart(repository, original.tag, original.push);
    const stored =
      part === 'manifest'
        ? world.registry.getManifest(repository, digest)?.bytes
        : world.registry.getBlob(repository, digests[part]);
    if (stored === undefined) throw new Error('nothing is stored');
    stored[at] = (stored[at] ?? 0) ^ maskAt(at);
    references.push(`oci://registry.test/${repository}@${digest}`);
  }
  const kind = `${part} bytes under an unchanged digest`;
  for (let at = 0; at < references.length; at += BATCH) {
    const batch = references.slice(at, at + BATCH);
    const { status, body } = await ask(world.service, { references: batch, depth: 'content' }, FRESH);
    expect(status).toBe(200);
    for (const report of body) {
      count(tried, kind);
      expect([kind, report.verdict]).toEqual([kind, 'inconclusive']);
      const codes = report.reasons.map(({ code }: Answer) => code);
      expect(codes[0]).toBe('registry.digest_mismatch');
    }
  }
}

/** The same for files: no digest of a manifest stands in between. */
async function tryFiles(original: Original, stride: number) {
  const fileName = `${original.name}-${original.version}.tgz`;
  for (const part of ['archive', 'prov'] as const) {
    for (const at of positions(original[part].length, stride, 2)) {
      const changed = { ...original, [part]: flip(original[part], at, maskAt(at)) };
      const { status, body } = await askFiles(
        world.service,
        { chart: changed.archive, fileName, provenance: changed.prov, policy: original.trust },
        AUTHORIZED,
      );
      const where = `${original.title}: bit of byte ${at} of the file (${part})`;
      count(tried, `file bytes, ${part}`);
      expect([where, status]).toEqual([where, 200]);
      if (part === 'archive') expect([where, body.verdict]).toEqual([where, 'deny']);
      if (body.verdict !== 'allow') continue;
      expectSigned(body, original, changed.prov, where);
      count(allowed, `as files: ${whyProvenance(original.prov, changed.prov)}`);
    }
  }
}

// All bytes of what is small and differs: a manifest, and provenance by Helm 4, by Helm 3 and with an Ed25519 key; of
// the others every so many, other ones in each. CHARTSEAL_MUTATIONS=all tries all of all.
const FIRST = 'app-1.2.3';
const WHOLE = [FIRST, 'helm-3.21.3/app-1.2.3', 'ed25519/app-1.2.3'];
const isAll = process.env.CHARTSEAL_MUTATIONS === 'all';
const TIMEOUT = isAll ? 3_600_000 : 240_000;

/** Flips bits of provenance and manifest. */
async function tryBytes(original: Original, index: number, whole: readonly string[]): Promise<void> {
  const strideOf = (isWhole: boolean, sampled: number) => (isAll || isWhole ? 1 : sampled);
  const ofProvenance = strideOf(whole.includes(original.title), 8);
  const ofManifest = strideOf(whole[0] === original.title, 16);
  await tryAll(original, await provenanceFlips(original, ofProvenance, index));
  await tryAll(original, manifestFlips(original, ofManifest, index));
}

const numbered = (vectors: GoodVector[]) =>
  vectors.map((vector, index) => [vector.title, vector, index] as const);

describe('a fixture is allowed with no byte changed that counts', () => {
  it.each(numbered(fixtures.vectors))('%s', { timeout: TIMEOUT }, async (_title, vector, index) => {
    await tryBytes(await prepare(vector), index, WHOLE);
  });
});

describe.skipIf(!vectorsDir)('a vector made with Helm is allowed with no byte changed that counts', () => {
  it.each(numbered(shared.vectors))('%s', { timeout: TIMEOUT }, async (_title, vector, index) => {
    await tryBytes(await prepare(vector), index, []);
  });

  it('and there are 18', () => {
    expect(shared.vectors).toHaveLength(18);
  });
});

describe('a good chart', () => {
  let original: Original;
  beforeAll(async () => {
    const vector = fixtures.vectors.find(({ title }) => title === FIRST);
    if (vector === undefined) throw new Error('no fixture');
    original = await prepare(vector);
  });

  it('is not allowed with another archive', { timeout: TIMEOUT }, async () => {
    await tryAll(original, await archiveFlips(original, 1, 0));
    await tryAll(original, digestDigits(original));
  });

  it('is not allowed with a manifest of which a field that counts is changed', {
    timeout: TIMEOUT,
  }, async () => {
    await tryAll(original, [...manifestFields(original), ...manifestSwaps(original)]);
  });

  it.each(['archive', 'provenance', 'manifest'] as const)(
    'is not allowed when the registry sends another %s under the same digest',
    { timeout: TIMEOUT },
    async (part) => {
      await tryLies(original, part, isAll ? 1 : 5);
    },
  );

  it('is not allowed as files of which a byte that counts is changed', { timeout: TIMEOUT }, async () => {
    await tryFiles(original, isAll ? 1 : 5);
  });
});
