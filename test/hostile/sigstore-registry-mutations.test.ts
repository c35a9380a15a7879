import { beforeEach, expect, test } from 'vitest';
import { attachBundle, attachLegacy, enterFallback, type Place } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { mutateJson } from '../support/mutate-json.ts';
import { ask } from '../support/service.ts';
import { createFakeKey, createFakeSigstore } from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

// Everything that a registry hands out on the way to a signature, with every field of it changed: the answer is always a
// report; a stranger's signature never becomes an allow by it; and none of it hides a good one under the tag for `.sig`.

const NOW = Date.UTC(2026, 10, 24, 12);
const sigstore = createFakeSigstore({ clock: () => NOW });
const stranger = createFakeKey();
const OTHER = `sha256:${'ab'.repeat(32)}`;
const BATCH = 100;

let world: World;
let place: Place;

beforeEach(async () => {
  world = await createWorld({
    config: {
      trust: { key: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } } },
      policies: [{ name: 'default', match: ['**'], require: 'key' }],
      limits: {
        rate: { callerVerifications: 1_000_000 },
        references: BATCH,
        requests: 10_000,
        concurrency: 24,
        overallTimeoutMs: 60_000,
        requestTimeoutMs: 30_000,
        retries: 0,
      },
    },
    files: { 'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem) },
    now: NOW,
  });
  place = await pushTo('charts/app');
});

async function pushTo(repository: string, mutate?: (text: string) => Uint8Array): Promise<Place> {
  const { registry } = world;
  const chart = { archive: await fixture('demo/app-1.2.3.tgz'), config: await appConfig() };
  const pushed = await registry.pushChart(repository, '1.2.3', chart);
  if (mutate === undefined) return { registry, repository, subject: pushed };
  const bytes = mutate(new TextDecoder().decode(pushed.bytes));
  const digest = await registry.putManifest(repository, '1.2.3', bytes);
  return { registry, repository, subject: { digest, bytes } };
}

interface Case {
  label: string;
  place: Place;
}

async function judgeAll(cases: Case[]) {
  const answers: { label: string; place: Place; body: { verdict: string; [more: string]: unknown } }[] = [];
  for (let from = 0; from < cases.length; from += BATCH) {
    const some = cases.slice(from, from + BATCH);
    const references = some.map(({ place: { repository } }) => `oci://registry.test/${repository}:1.2.3`);
    const { status, body } = await ask(world.service, { references }, AUTHORIZED);
    expect(status, JSON.stringify(body).slice(0, 1000)).toBe(200);
    for (const [i, one] of some.entries()) answers.push({ ...one, body: body[i] });
  }
  return answers;
}

const evil = (path: string, value: unknown): unknown => {
  if (typeof value === 'number') return 2 ** 40;
  if (path.endsWith('digest')) return OTHER;
  if (path.endsWith('ediaType') || path.endsWith('artifactType')) return 'application/vnd.evil+json';
  return 'evil';
};

test('the manifest of a bundle', async () => {
  const cases: Case[] = [];
  const bundle = sigstore.signWithKey({ digest: place.subject.digest, key: stranger }).bytes();
  const digest = await attachBundle(place, bundle);
  const text = new TextDecoder().decode(world.registry.getManifest('charts/app', digest)!.bytes);
  for (const [i, mutant] of mutateJson(text, evil).entries()) {
    const its = await pushTo(`m${i}/app`);
    await world.registry.putBlob(its.repository, bundle);
    const manifest = new TextEncoder().encode(mutant.text);
    const referrer = await world.registry.putManifest(
      its.repository,
      undefined,
      manifest,
      'application/vnd.oci.image.manifest.v1+json',
    );
    await enterFallback(its, {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: referrer,
      size: manifest.length,
    });
    if (i % 2 === 0) await attachLegacy(its, 'sig', [sigstore.signLegacy({ ...its.subject, rekor: 'none' })]);
    cases.push({ label: `${i % 2 === 0 ? 'signed' : 'unsigned'} ${mutant.label}`, place: its });
  }
  world.registry.quirks = { noReferrers: true };
  for (const { label, body } of await judgeAll(cases)) {
    const expected = label.startsWith('signed') ? ['allow'] : ['deny', 'inconclusive'];
    expect(expected, `${label} ${JSON.stringify(body)}`).toContain(body.verdict);
  }
});

test('the index under the fallback tag', async () => {
  const cases: Case[] = [];
  const bundle = sigstore.signWithKey({ digest: place.subject.digest, key: stranger }).bytes();
  await attachBundle(place, bundle, { fallback: 'full' });
  const tag = place.subject.digest.replace(':', '-');
  const text = new TextDecoder().decode(world.registry.getManifest('charts/app', tag)!.bytes);
  for (const [i, mutant] of mutateJson(text, evil).entries()) {
    const its = await pushTo(`m${i}/app`);
    await attachBundle(its, bundle);
    await world.registry.putManifest(
      its.repository,
      tag,
      new TextEncoder().encode(mutant.text),
      'application/vnd.oci.image.index.v1+json',
    );
    if (i % 2 === 0) await attachLegacy(its, 'sig', [sigstore.signLegacy({ ...its.subject, rekor: 'none' })]);
    cases.push({ label: `${i % 2 === 0 ? 'signed' : 'unsigned'} ${mutant.label}`, place: its });
  }
  world.registry.quirks = { noReferrers: true };
  for (const { label, body } of await judgeAll(cases)) {
    const expected = label.startsWith('signed') ? ['allow'] : ['deny', 'inconclusive'];
    expect(expected, `${label} ${JSON.stringify(body)}`).toContain(body.verdict);
  }
});

test('the manifest under the tag for .sig', async () => {
  const cases: Case[] = [];
  const layer = sigstore.signLegacy({ digest: OTHER, rekor: 'none' });
  await attachLegacy(place, 'sig', [layer]);
  const tag = `${place.subject.digest.replace(':', '-')}.sig`;
  const text = new TextDecoder().decode(world.registry.getManifest('charts/app', tag)!.bytes);
  for (const [i, mutant] of mutateJson(text, evil).entries()) {
    const its = await pushTo(`m${i}/app`);
    await world.registry.putBlob(its.repository, layer.bytes);
    await world.registry.putManifest(its.repository, tag, new TextEncoder().encode(mutant.text));
    if (i % 2 === 0) await attachBundle(its, sigstore.signWithKey({ ...its.subject, rekor: 'none' }).bytes());
    cases.push({ label: `${i % 2 === 0 ? 'signed' : 'unsigned'} ${mutant.label}`, place: its });
  }
  for (const { label, body } of await judgeAll(cases)) {
    const expected = label.startsWith('signed') ? ['allow'] : ['deny', 'inconclusive'];
    expect(expected, `${label} ${JSON.stringify(body)}`).toContain(body.verdict);
  }
});

// Somebody who is trusted signs what should not be signed: the rules on what a chart is are held all the same.
test('the manifest of the chart, signed as it is then', async () => {
  const cases: Case[] = [];
  const text = new TextDecoder().decode(place.subject.bytes);
  for (const [i, mutant] of mutateJson(text, evil).entries()) {
    const its = await pushTo(`m${i}/app`, () => new TextEncoder().encode(mutant.text));
    await attachBundle(its, sigstore.signWithKey({ ...its.subject, rekor: 'none' }).bytes());
    await attachLegacy(its, 'sig', [sigstore.signLegacy({ ...its.subject, rekor: 'none' })]);
    cases.push({ label: mutant.label, place: its });
  }
  const config = await appConfig();
  let allowed = 0;
  for (const { label, place: its, body } of await judgeAll(cases)) {
    const shown = `${label} ${JSON.stringify(body)}`;
    expect(['allow', 'deny', 'inconclusive'], shown).toContain(body.verdict);
    if (body.verdict !== 'allow') continue;
    allowed++;
    const manifest = JSON.parse(new TextDecoder().decode(its.subject.bytes));
    const charts = manifest.layers.filter(({ mediaType }: { mediaType: string }) =>
      /^application\/(vnd\.cncf\.helm\.chart\.content\.v1\.|)tar\+gzip$/.test(mediaType),
    );
    expect(charts.length, shown).toBe(1);
    expect(manifest.config.mediaType, shown).toBe('application/vnd.cncf.helm.config.v1+json');
    const annotations = manifest.annotations ?? {};
    const isAnnotated =
      annotations['org.opencontainers.image.title'] === config.name &&
      annotations['org.opencontainers.image.version'] === config.version;
    const original = JSON.parse(text);
    expect(isAnnotated || manifest.config.digest === original.config.digest, shown).toBe(true);
    expect(body.subject, shown).toMatchObject({ digest: its.subject.digest });
  }
  expect(allowed).toBeGreaterThan(20);
});
