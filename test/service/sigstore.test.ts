import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  attachBundle,
  attachGithubAttestation,
  attachLegacy,
  type Place,
} from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import {
  COSIGN_SIGN,
  createFakeKey,
  createFakeSigstore,
  FAKE_IDENTITY,
  FAKE_ISSUER,
  type FakeKey,
  type FakeSigstore,
} from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld, pushGood, type World } from '../support/world.ts';

/** Sigstore signatures judged by the whole service. */

const NOW = Date.UTC(2026, 10, 24, 12);
const REFERENCE = 'oci://registry.test/charts/app:1.2.3';
const SLSA = 'https://slsa.dev/provenance/v1';
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map(({ code }) => code);

let sigstore: FakeSigstore;
let stranger: FakeKey;
let world: World;
let place: Place;

const TRUST = {
  release: { pgp: 'release.asc' },
  key: { sigstore: { key: 'cosign.pub', root: 'root.json' } },
  bare: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } },
  ci: {
    sigstore: { issuer: FAKE_ISSUER, subject: FAKE_IDENTITY.replace('v1.2.3', '*'), root: 'root.json' },
  },
  attested: {
    sigstore: {
      issuer: FAKE_ISSUER,
      subject: FAKE_IDENTITY,
      root: 'root.json',
      predicateTypes: [SLSA],
      extensions: { sourceRepository: 'https://github.com/acme/charts' },
    },
  },
};

beforeAll(() => {
  sigstore = createFakeSigstore({ clock: () => NOW });
  stranger = createFakeKey('p256');
});

async function start(require: unknown, config: object = {}): Promise<void> {
  world = await createWorld({
    config: { trust: TRUST, policies: [{ name: 'default', match: ['**'], require }], ...config },
    files: {
      'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem),
      'root.json': new TextEncoder().encode(sigstore.trustedRootJson),
    },
  });
}

async function push(repository = 'charts/app', tag = '1.2.3', options: object = {}): Promise<void> {
  const archive = await fixture('demo/app-1.2.3.tgz');
  const chart = { archive, config: await appConfig(), ...options };
  const subject = await world.registry.pushChart(repository, tag, chart);
  place = { registry: world.registry, repository, subject };
}

const digest = () => place.subject.digest;
const judge = async (reference = REFERENCE, more: object = {}) =>
  (await ask(world.service, { reference, ...more }, AUTHORIZED)).body;

describe('a policy that asks for a cosign key', () => {
  beforeEach(async () => {
    await start('key');
    await push();
  });

  it('is satisfied by a bundle that refers to the manifest, in four requests', async () => {
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
    expect(body.stats.registryRequests).toBe(4);
    expect(body.subject).toMatchObject({
      digest: digest(),
      chart: { name: 'app', version: '1.2.3', signed: true },
    });
    expect(body.evidence).toMatchObject([
      { scheme: 'sigstore', source: { kind: 'referrer' }, trustedAs: ['key'], predicateType: COSIGN_SIGN },
    ]);
  });

  it('is told what cosign would say, which takes any attestation for a signature', async () => {
    const bundle = sigstore.signWithKey({ digest: digest(), predicateType: 'https://example.com/scan/v1' });
    await attachBundle(place, bundle.bytes(), { predicateType: 'https://example.com/scan/v1' });
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(body.clients).toMatchObject([
      { client: 'cosign', versions: '>=3', trust: 'key', outcome: 'accept', message: '' },
    ]);
    await push('charts/other', '1.2.3');
    const unsigned = await judge('oci://registry.test/charts/other:1.2.3');
    expect(unsigned.clients).toMatchObject([
      { client: 'cosign', trust: 'key', outcome: 'refuse', message: 'no signatures found' },
    ]);
  });

  it('costs the same by digest, and nothing when asked again', async () => {
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    const pinned = `oci://registry.test/charts/app@${digest()}`;
    expect(await judge(pinned)).toMatchObject({ verdict: 'allow', stats: { registryRequests: 4 } });
    expect(await judge(pinned)).toMatchObject({ verdict: 'allow', stats: { registryRequests: 0 } });
  });

  it('by digest does not wait for the manifest before it asks for the list: three round trips', async () => {
    await start('key', { limits: { requestTimeoutMs: 1000, retries: 0 } });
    await push();
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    let asked = () => {};
    const listed = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const original = world.registry.fetch.bind(world.registry);
    world.registry.fetch = async (request) => {
      if (request.url.includes('/referrers/')) asked();
      if (request.url.endsWith(`/manifests/${digest()}`)) await listed;
      return original(request);
    };
    const body = await judge(`oci://registry.test/charts/app@${digest()}`);
    expect(body).toMatchObject({ verdict: 'allow', stats: { registryRequests: 4 } });
  });

  it('is not satisfied by nobody', async () => {
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('sigstore.signature_missing');
  });

  it('is not satisfied by a stranger', async () => {
    await attachBundle(place, sigstore.signWithKey({ digest: digest(), key: stranger }).bytes());
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('sigstore.untrusted_key');
  });

  it('is satisfied although a stranger signed first', async () => {
    for (const key of [stranger, undefined]) {
      const options = { digest: digest(), ...(key === undefined ? {} : { key }) };
      await attachBundle(place, sigstore.signWithKey(options).bytes());
    }
    expect((await judge()).verdict).toBe('allow');
  });

  it('is not satisfied by a signature of another manifest', async () => {
    const other = `sha256:${'ab'.repeat(32)}`;
    await attachBundle(place, sigstore.signWithKey({ digest: other }).bytes());
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('sigstore.subject_mismatch');
  });

  it('is not satisfied by an attestation of something else', async () => {
    const bundle = sigstore.signWithKey({ digest: digest(), predicateType: 'https://example.com/scan/v1' });
    await attachBundle(place, bundle.bytes(), { predicateType: 'https://example.com/scan/v1' });
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('sigstore.predicate_type');
  });

  it('is satisfied by a signature under the .sig tag beside a bundle by a stranger', async () => {
    await attachBundle(place, sigstore.signWithKey({ digest: digest(), key: stranger }).bytes());
    await attachLegacy(place, 'sig', [sigstore.signLegacy({ digest: digest() })]);
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
    expect(body.evidence.map(({ source }: { source: { kind: string } }) => source.kind)).toContain('tag');
  });

  it('is satisfied where the registry has no referrers API', async () => {
    world.registry.quirks = { noReferrers: true };
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes(), { fallback: 'bare' });
    expect((await judge()).verdict).toBe('allow');
  });

  it('takes a signed chart for the one asked for only by its own name and version', async () => {
    const archive = await fixture('demo/app-1.2.3.tgz');
    const chart = { archive, config: await appConfig() };
    const old = await world.registry.pushChart('charts/app', '1.3.0', chart);
    const other = { registry: world.registry, repository: 'charts/app', subject: old };
    await attachBundle(other, sigstore.signWithKey({ digest: old.digest }).bytes());
    const body = await judge('oci://registry.test/charts/app:1.3.0');
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('chart.version_mismatch');
    expect(body.evidence).toMatchObject([{ trustedAs: [] }]);
  });

  it('is not satisfied while the list of referrers cannot be had, and says that asking again may help', async () => {
    world.registry.quirks = { status: { match: /\/referrers\//, status: 503 } };
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    const body = await judge();
    expect(body).toMatchObject({ verdict: 'inconclusive', retryable: true });
  });

  it.each([
    ['the list of referrers', () => /\/referrers\//],
    ['the manifest of the bundle', () => /\/manifests\/(?!1\.2\.3)/],
    ['the bundle', () => /\/blobs\//],
    [
      'the config that says which chart it is',
      ({ config }: { config: string }) => new RegExp(`/blobs/${config}`),
    ],
  ])('is asked again at once where %s could not be had', async (what, match) => {
    const bare = what.startsWith('the config');
    const untold = { 'org.opencontainers.image.title': undefined };
    if (bare) await push('charts/app', '1.2.3', { annotations: untold });
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    const { config } = JSON.parse(new TextDecoder().decode(place.subject.bytes));
    world.registry.quirks = { status: { match: match({ config: config.digest }), status: 503 } };
    expect(await judge()).toMatchObject({ verdict: 'inconclusive', retryable: true });
    world.registry.quirks = {};
    expect(await judge()).toMatchObject({ verdict: 'allow', stats: { cache: 'miss' } });
  });

  it('recalls a key that is blocked', async () => {
    const blocked = { signers: [sigstore.key.fingerprint] };
    await start('key', { blocked });
    await push();
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('sigstore.signer_blocked');
  });
});

describe('a policy that asks for a keyless signer', () => {
  beforeEach(async () => {
    await start('ci');
    await push();
  });

  it.each(['v1', 'v2'] as const)('is satisfied by the workflow, logged in Rekor %s', async (rekor) => {
    await attachBundle(place, sigstore.signKeyless({ digest: digest(), rekor }).bytes());
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
    expect(body.evidence[0].signer).toMatchObject({ issuer: FAKE_ISSUER, subject: FAKE_IDENTITY });
    expect(body.evidence[0].signer.extensions).toMatchObject({
      sourceRepository: 'https://github.com/acme/charts',
    });
  });

  it('stays satisfied after the certificate has ended', async () => {
    await attachBundle(place, sigstore.signKeyless({ digest: digest() }).bytes());
    await world.service.setNow(NOW + 3 * 24 * 3600_000);
    expect((await judge()).verdict).toBe('allow');
  });

  it('is not satisfied by the same workflow on a branch', async () => {
    const identity = FAKE_IDENTITY.replace('refs/tags/v1.2.3', 'refs/heads/main');
    await attachBundle(place, sigstore.signKeyless({ digest: digest(), identity }).bytes());
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('sigstore.identity_mismatch');
  });

  it('does not take a person that is blocked', async () => {
    await start('ci', { blocked: { signers: [{ issuer: FAKE_ISSUER, subject: FAKE_IDENTITY }] } });
    await push();
    await attachBundle(place, sigstore.signKeyless({ digest: digest() }).bytes());
    expect((await judge()).verdict).toBe('deny');
  });
});

describe('an attestation that the policy asks for', () => {
  it('is a signature then, as GitHub makes it', async () => {
    await start('attested');
    await push();
    const bundle = sigstore.signKeyless({ digest: digest(), predicateType: SLSA, rekor: 'v1' });
    await attachGithubAttestation(place, bundle.bytes());
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
  });

  it('is looked for before what nobody asked for, however much of that there is', async () => {
    await start('attested');
    await push();
    for (let n = 0; n < 9; n++) {
      const other = { digest: digest(), predicateType: COSIGN_SIGN, annotations: { n: `${n}` } };
      await attachBundle(place, sigstore.signWithKey({ ...other, key: stranger }).bytes());
    }
    const bundle = sigstore.signKeyless({ digest: digest(), predicateType: SLSA, rekor: 'v1' });
    await attachGithubAttestation(place, bundle.bytes());
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
    expect(body.stats.registryRequests).toBe(4);
  });
});

describe('both schemes in one policy', () => {
  const both = { allOf: ['release', 'ci'] };

  it('need both, and one report tells of both', async () => {
    await start(both);
    const subject = await pushGood(world.registry);
    place = { registry: world.registry, repository: 'charts/app', subject };
    expect(codes(await judge())).toContain('sigstore.signature_missing');
    await attachBundle(place, sigstore.signKeyless({ digest: digest() }).bytes());
    await world.service.setNow(NOW + 10_000);
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
    expect(body.evidence.map(({ scheme }: { scheme: string }) => scheme).sort()).toEqual(['pgp', 'sigstore']);
    expect(body.stats.registryRequests).toBe(5);
  });

  it('need both: a keyless signature alone is not enough', async () => {
    await start(both);
    await push();
    await attachBundle(place, sigstore.signKeyless({ digest: digest() }).bytes());
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toContain('pgp.provenance_missing');
  });

  it('where either is enough, PGP costs two requests and nothing is asked of sigstore', async () => {
    await start({ anyOf: ['release', 'ci'] });
    await pushGood(world.registry);
    expect(await judge()).toMatchObject({ verdict: 'allow', stats: { registryRequests: 2 } });
  });

  it('where either is enough, a layer that PGP does not cover does not matter to sigstore', async () => {
    await start({ anyOf: ['release', 'ci'] });
    const extra = new Uint8Array([1]);
    const more = {
      mediaType: 'application/x-more',
      digest: await world.registry.putBlob('charts/app', extra),
      size: 1,
    };
    const mutate = (manifest: { layers: object[] }) => manifest.layers.push(more);
    await push('charts/app', '1.2.3', { mutate });
    await attachBundle(place, sigstore.signKeyless({ digest: digest() }).bytes());
    const body = await judge();
    expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
  });

  it('count an identity once: two names of one signer are one', async () => {
    await start({ atLeast: { count: 2, of: ['key', 'bare'] } });
    await push();
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    expect((await judge()).verdict).toBe('deny');
  });
});

describe('the content of a chart with a signed manifest', () => {
  it('is compared with its config', async () => {
    await start('key');
    await push('charts/app', '1.2.3', { config: { ...(await appConfig()), description: 'another' } });
    await attachBundle(place, sigstore.signWithKey({ digest: digest() }).bytes());
    expect((await judge()).verdict).toBe('allow');
    const deep = await judge(REFERENCE, { depth: 'content' });
    expect(deep.verdict).toBe('deny');
    expect(codes(deep)).toContain('archive.metadata_differs');
  });
});
