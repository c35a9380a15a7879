import { beforeEach, describe, expect, it } from 'vitest';
import { MEDIA_TYPES, signedManifest } from '../../src/chart/index.ts';
import { attachLegacy } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { sha256 } from '../support/signing.ts';
import { FULCIO, REKOR_1, REKOR_2, TSA } from '../support/sigstore-services/index.ts';
import {
  createSigstoreWorld,
  ENTRIES,
  IDENTITY,
  type SigstoreWorld,
} from '../support/sigstore-signing-world.ts';
import { AUTHORIZED, appConfig } from '../support/world.ts';

/** Signing by sigstore, alone and after PGP, by the whole service. */

let world: SigstoreWorld;
let chart: { digest: string; reference: string };
const order = (more: object = {}) => ({ reference: chart.reference, expectedDigest: chart.digest, ...more });
const hostOf = (url: string) => new URL(url).host;
const verified = async (reference = chart.reference) =>
  (await ask(world.service, { reference }, { ...AUTHORIZED, 'cache-control': 'no-cache' })).body;

beforeEach(async () => {
  world = await createSigstoreWorld();
  chart = await world.push();
});

describe('a cosign key', () => {
  it('signs the digest as it is: no tag moves, and a policy takes the signature', async () => {
    const { status, body } = await world.sign(order({ with: ['cosign'] }));
    expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
    expect(body).toMatchObject({
      before: chart.digest,
      after: chart.digest,
      changed: true,
      mode: 'detached',
      leftBehind: [],
      report: { verdict: 'allow', subject: { digest: chart.digest } },
      signatures: [{ name: 'cosign', scheme: 'sigstore', fingerprint: world.key.public.fingerprint }],
      audit: { seq: 2 },
    });
    expect(await world.referrers('charts/app', chart.digest)).toEqual([body.signatures[0].digest]);
    expect(world.tag()).toBe(chart.digest);
    expect(world.writes().filter((line) => line.endsWith('/manifests/1.2.3'))).toEqual([]);
    expect(new Set(world.asked())).toEqual(new Set([REKOR_2, TSA].map(hostOf)));
    const report = await verified();
    expect([report.verdict, report.evidence[0].trustedAs]).toEqual(['allow', ['cosign', 'bare']]);
  });

  it('writes what cosign 3 writes', async () => {
    const { body } = await world.sign(order({ with: ['cosign'] }));
    const manifest = JSON.parse(
      new TextDecoder().decode(world.registry.getManifest('charts/app', body.signatures[0].digest)?.bytes),
    );
    const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    expect(manifest).toMatchObject({
      artifactType: type,
      layers: [{ mediaType: type }],
      subject: { digest: chart.digest, mediaType: 'application/vnd.oci.image.manifest.v1+json' },
      annotations: { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' },
    });
    const blob = world.registry.getBlob('charts/app', manifest.layers[0].digest);
    const { payload } = JSON.parse(new TextDecoder().decode(blob)).dsseEnvelope;
    expect(JSON.parse(Buffer.from(payload, 'base64').toString()).subject).toEqual([
      { digest: { sha256: chart.digest.slice(7) }, annotations: {} },
    ]);
  });

  it('asks no service without a signing config, and needs no tag', async () => {
    const reference = `oci://registry.test/charts/app@${chart.digest}`;
    const { status, body } = await world.sign({ reference, with: ['bare'] });
    expect([status, body.code]).toEqual([201, undefined]);
    expect(world.asked()).toEqual([]);
    expect((await verified()).evidence[0].trustedAs).toEqual(['bare']);
  });

  it('signs again where its annotations are not signed yet; more annotations do no harm', async () => {
    expect((await world.sign(order({ with: ['bare'] }))).status).toBe(201);
    expect((await world.sign(order({ with: ['annotated'] }))).status).toBe(201);
    expect((await world.sign(order({ with: ['annotated'] }))).status).toBe(200);
    const other = await world.push('charts/more/app');
    const there = { reference: other.reference, expectedDigest: other.digest };
    expect((await world.sign({ ...there, with: ['annotated'] })).status).toBe(201);
    expect((await world.sign({ ...there, with: ['bare'] })).status).toBe(200);
  });

  it('is one of several that are all verified in the end', async () => {
    const reference = `oci://registry.test/charts/app@${chart.digest}`;
    const identityToken = await world.token();
    const names = ['bare', 'other', 'keyless'];
    const { body } = await world.sign({ reference, with: names, identityToken });
    const held = body.report.evidence.flatMap(({ trustedAs }: { trustedAs: string[] }) => trustedAs);
    expect(held.sort()).toEqual(names.map((name) => `signing:${name}`).sort());
    expect(body.report.policy.name).toBe('signing');
  });

  it('again: 200, nothing is written, no service is asked and no key used', async () => {
    const first = await world.sign(order({ with: ['cosign'] }));
    world.registry.requests.length = 0;
    world.services.calls.length = 0;
    const again = await world.sign(order({ with: ['cosign'] }));
    expect([again.status, again.body.changed]).toEqual([200, false]);
    expect(again.body.signatures).toEqual(first.body.signatures);
    expect([world.writes(), world.asked()]).toEqual([[], []]);
    expect((await world.records()).map(({ kind }) => kind)).toEqual(['intent', 'signed', 'unchanged']);
  });

  it('signs what only another key signed, in a bundle and under .sig', async () => {
    await world.sign(order({ with: ['other'] }));
    const place = {
      registry: world.registry,
      repository: 'charts/app',
      subject: { digest: chart.digest, bytes: world.registry.getManifest('charts/app', '1.2.3')!.bytes },
    };
    await attachLegacy(place, 'sig', [world.services.sigstore.signLegacy({ digest: chart.digest })]);
    const { status } = await world.sign(order({ with: ['cosign'] }));
    expect(status).toBe(201);
    expect(await world.referrers('charts/app', chart.digest)).toHaveLength(2);
  });

  it('signs under the legacy tag too, keeps what is there, and does so once', async () => {
    const place = {
      registry: world.registry,
      repository: 'charts/app',
      subject: { digest: chart.digest, bytes: world.registry.getManifest('charts/app', '1.2.3')!.bytes },
    };
    await attachLegacy(place, 'sig', [world.services.sigstore.signLegacy({ digest: chart.digest })]);
    const tag = `${chart.digest.replace(':', '-')}.sig`;
    const layers = () =>
      JSON.parse(new TextDecoder().decode(world.registry.getManifest('charts/app', tag)?.bytes)).layers;
    const [foreign] = layers();
    const { status, body } = await world.sign(order({ with: ['legacy'] }));
    expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
    expect(body.signatures[0].legacyTag).toBe(tag);
    expect(layers()).toHaveLength(2);
    expect(layers()).toContainEqual(foreign);
    expect(new Set(world.asked())).toEqual(new Set([hostOf(REKOR_1)]));
    world.registry.requests.length = 0;
    expect((await world.sign(order({ with: ['legacy'] }))).status).toBe(200);
    expect(world.writes()).toEqual([]);
    // Lost by somebody else's writing of the tag: then it is what is missing, and the bundle is not.
    world.registry.remove('charts/app', tag);
    const referrers = await world.referrers('charts/app', chart.digest);
    expect((await world.sign(order({ with: ['legacy'] }))).status).toBe(201);
    expect(layers()).toHaveLength(1);
    expect(await world.referrers('charts/app', chart.digest)).toEqual(referrers);
  });

  it('is found where there is no referrers API, beside what others entered', async () => {
    world.registry.quirks.noReferrers = true;
    expect((await world.sign(order({ with: ['other'] }))).status).toBe(201);
    expect((await world.sign(order({ with: ['cosign'] }))).status).toBe(201);
    expect(await world.referrers('charts/app', chart.digest)).toHaveLength(2);
    expect((await world.sign(order({ with: ['cosign', 'other'] }))).status).toBe(200);
    expect((await verified()).verdict).toBe('allow');
  });

  it('signs with several keys at once so that none has to write the list of another anew', async () => {
    world.registry.quirks.noReferrers = true;
    world.registry.requests.length = 0;
    const tag = `/manifests/${chart.digest.replace(':', '-')}`;
    // Whoever reads the list gives the others the time to read it too.
    world.hooks.after = async ({ method, url }) => {
      if (method === 'GET' && url.endsWith(tag))
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      return undefined;
    };
    const answers = await Promise.all(['bare', 'other'].map((name) => world.sign(order({ with: [name] }))));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(world.writes().filter((line) => line.endsWith(tag))).toHaveLength(2);
    expect(await world.referrers('charts/app', chart.digest)).toHaveLength(2);
  });

  it('signs many signers at once, one after the other, each once', async () => {
    const answers = await Promise.all(
      ['cosign', 'bare', 'other', 'cosign'].map((name) => world.sign(order({ with: [name] }))),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(2);
    expect(answers.map(({ body }) => body.code)).toEqual([undefined, undefined, undefined, undefined]);
    const again = await world.sign(order({ with: ['cosign', 'bare', 'other'] }));
    expect(again.status).toBe(200);
  });

  it('signs a chart with further layers, which PGP does not', async () => {
    const bytes = new TextEncoder().encode('a layer');
    const layer = await world.registry.putBlob('charts/app', bytes);
    const { digest } = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
      mutate: (manifest) => {
        manifest.layers.push({ mediaType: 'application/x', digest: layer, size: bytes.length });
      },
    });
    const more = { expectedDigest: digest };
    expect((await world.sign(order({ ...more, with: ['cosign'] }))).status).toBe(201);
    const both = await world.sign(order({ ...more, with: ['release', 'cosign'] }));
    expect([both.status, both.body.code]).toEqual([422, 'manifest.extra_layer']);
  });
});

describe('a keyless signer', () => {
  it('signs as whoever the token stands for', async () => {
    const identityToken = await world.token();
    const { status, body } = await world.sign(order({ with: ['keyless'], identityToken }));
    expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
    expect(body.signatures).toEqual([
      { name: 'keyless', scheme: 'sigstore', ...IDENTITY, digest: expect.stringMatching(/^sha256:/) },
    ]);
    expect((await verified()).evidence[0]).toMatchObject({ trustedAs: ['ci'], signer: IDENTITY });
    expect(world.asked().sort()).toEqual([FULCIO, REKOR_2, TSA].map(hostOf).sort());
    const records = await world.records();
    expect(records.map(({ keys }) => keys)).toEqual([
      [{ name: 'keyless', fingerprint: `${IDENTITY.issuer} ${IDENTITY.subject}` }],
      [{ name: 'keyless', fingerprint: `${IDENTITY.issuer} ${IDENTITY.subject}` }],
    ]);
    expect(JSON.stringify(body)).not.toContain(identityToken.slice(0, 20));
  });

  it('again by the same identity: 200, with another token and no certificate; another identity signs', async () => {
    await world.sign(order({ with: ['keyless'], identityToken: await world.token() }));
    world.services.calls.length = 0;
    const again = await world.sign(
      order({ with: ['keyless'], identityToken: await world.token({ jti: 'x' }) }),
    );
    expect([again.status, again.body.signatures[0]]).toEqual([200, expect.objectContaining(IDENTITY)]);
    expect(world.asked()).toEqual([]);
    const mail = { email: 'dev@example.com', email_verified: true };
    const other = await world.sign(order({ with: ['keyless'], identityToken: await world.token(mail) }));
    expect([other.status, other.body.signatures[0].subject]).toEqual([201, 'dev@example.com']);
  });

  it('counts whom the certificate names where the token does not tell; and then signs once too', async () => {
    const claims = { job_workflow_ref: undefined, sub: 'system:serviceaccount:ci:release' };
    const first = await world.sign(order({ with: ['keyless'], identityToken: await world.token(claims) }));
    expect([first.status, first.body.signatures[0]]).toEqual([201, expect.objectContaining(IDENTITY)]);
    expect((await world.records()).at(-1)?.keys[0]?.fingerprint).toBe(
      `${IDENTITY.issuer} ${IDENTITY.subject}`,
    );
    const again = await world.sign(order({ with: ['keyless'], identityToken: await world.token(claims) }));
    expect([again.status, again.body.changed]).toEqual([200, false]);
    expect(again.body.signatures).toEqual(first.body.signatures);
    expect(await world.referrers('charts/app', chart.digest)).toHaveLength(1);
  });
});

describe('both schemes in one request', () => {
  const all = async (more: object = {}) =>
    order({ with: ['keyless', 'cosign', 'release'], identityToken: await world.token(), ...more });

  it('PGP first, then sigstore on what it made, then the tag, once', async () => {
    chart = await world.push('charts/all/app');
    const { status, body } = await world.sign(await all());
    expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
    expect(body).toMatchObject({ before: chart.digest, mode: 'attach', report: { verdict: 'allow' } });
    expect(body.signatures.map(({ name }: { name: string }) => name)).toEqual([
      'release',
      'keyless',
      'cosign',
    ]);
    expect(world.tag('charts/all/app')).toBe(body.after);
    expect(await world.referrers('charts/all/app', body.after)).toHaveLength(2);
    expect(await world.referrers('charts/all/app', chart.digest)).toEqual([]);
    const tagPuts = world.writes().filter((line) => line.endsWith('/manifests/1.2.3'));
    expect(tagPuts).toHaveLength(1);
    expect(world.writes().at(-1)).toBe(tagPuts[0]);
    const report = await verified();
    expect([report.verdict, report.policy.name, report.subject.digest]).toEqual(['allow', 'all', body.after]);
    expect(report.clients.filter(({ client }: { client: string }) => client === 'helm')).toEqual(
      Array(3).fill(expect.objectContaining({ outcome: 'accept' })),
    );
  });

  it('again, by the digest of before or after: 200 and nothing is written', async () => {
    const first = await world.sign(await all());
    world.registry.requests.length = 0;
    world.services.calls.length = 0;
    for (const expectedDigest of [chart.digest, first.body.after]) {
      const { status, body } = await world.sign(await all({ expectedDigest }));
      expect([status, body.changed, body.after]).toEqual([200, false, first.body.after]);
      expect(body.signatures).toEqual(first.body.signatures);
    }
    expect([world.writes(), world.asked()]).toEqual([[], []]);
  });

  it('adds only what is missing to a chart that PGP signed before, and no tag moves', async () => {
    const pgp = await world.sign(order({ with: ['release'] }));
    world.registry.requests.length = 0;
    const { status, body } = await world.sign(await all());
    expect([status, body.before, body.after]).toEqual([201, pgp.body.after, pgp.body.after]);
    expect(world.writes().filter((line) => line.endsWith('/manifests/1.2.3'))).toEqual([]);
    expect(await world.referrers('charts/app', pgp.body.after)).toHaveLength(2);
  });

  it('says what is left behind at the old digest, or stops before', async () => {
    const cosign = await world.sign(order({ with: ['cosign'] }));
    const stopped = await world.sign(await all({ refuseIfReferrers: true }));
    expect([stopped.status, stopped.body.code]).toEqual([409, 'sign.has_referrers']);
    const { body } = await world.sign(await all());
    expect(body.leftBehind.map(({ digest }: { digest: string }) => digest)).toEqual([
      cosign.body.signatures[0].digest,
    ]);
    expect(await world.referrers('charts/app', body.after)).toHaveLength(2);
  });

  it('detached leaves the manifest alone, and all refer to it', async () => {
    const { status, body } = await world.sign(await all({ mode: 'detached' }));
    expect([status, body.after, body.mode]).toEqual([201, chart.digest, 'detached']);
    expect(await world.referrers('charts/app', chart.digest)).toHaveLength(3);
    expect((await world.sign(await all({ mode: 'detached' }))).status).toBe(200);
  });

  it('looks at everything in a dry run: no key, no service, no token needed, nothing written', async () => {
    const { status, body } = await world.sign(
      order({ with: ['release', 'cosign', 'keyless'], dryRun: true }),
    );
    expect([status, body.dryRun, body.after, body.changed]).toEqual([200, true, null, true]);
    expect([world.writes(), world.asked(), await world.records()]).toEqual([[], [], []]);
  });

  it('signs many charts in one request, for one token', async () => {
    const other = await world.push('charts/other/app');
    const references = [chart, other].map(({ reference, digest }) => ({ reference, expectedDigest: digest }));
    const { reference: _, expectedDigest: __, ...rest } = await all();
    const { status, body } = await world.sign({ references, ...rest });
    expect([status, body.map(({ changed }: { changed: boolean }) => changed)]).toEqual([201, [true, true]]);
  });
});

describe('what is signed is what was asked for', () => {
  it('sigstore alone does not sign what somebody made of the chart', async () => {
    const signed = await world.sign(order({ with: ['release'] }));
    // PGP signs the chart, which is the same in both; sigstore would sign another manifest than was named.
    const { status, body } = await world.sign(order({ with: ['cosign'] }));
    expect([status, body.code]).toEqual([409, 'sign.digest_mismatch']);
    const named = await world.sign(order({ with: ['cosign'], expectedDigest: signed.body.after }));
    expect(named.status).toBe(201);
  });

  it('after PGP only the manifest that PGP makes, to the byte', async () => {
    const signed = await world.sign(order({ with: ['release'] }));
    const { bytes } = world.registry.getManifest('charts/app', '1.2.3')!;
    const text = new TextDecoder().decode(bytes);
    const type = `"mediaType":"${MEDIA_TYPES.provenance}"`;
    const changed = new TextEncoder().encode(
      text.replace(type, `${type},"annotations":{"org.example":"unsigned"}`),
    );
    expect(sha256(signedManifest(changed, undefined))).toBe(chart.digest);
    const put = await world.registry.fetch(
      new Request('https://registry.test/v2/charts/app/manifests/1.2.3', {
        method: 'PUT',
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
        body: changed,
      }),
    );
    expect(put.status).toBe(201);
    const { status, body } = await world.sign(order({ with: ['release', 'cosign'] }));
    expect([status, body.code]).toEqual([409, 'sign.digest_mismatch']);
    expect(signed.status).toBe(201);
  });

  it.each([
    ['another version in its config', { version: '9.9.9' }, 'version of the config is "9.9.9"'],
    ['another name in its config', { name: 'bpp' }, 'name of the config is "bpp"'],
  ])('not a manifest with %s', async (_name, change, detail) => {
    const { digest, bytes } = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: { ...(await appConfig()), ...change },
      annotations: { 'org.opencontainers.image.title': 'app', 'org.opencontainers.image.version': '1.2.3' },
    });
    expect(bytes.length).toBeGreaterThan(0);
    world.registry.requests.length = 0;
    const { status, body } = await world.sign(order({ expectedDigest: digest, with: ['cosign'] }));
    expect([status, body.code]).toEqual([422, 'sign.archive']);
    expect(body.detail).toContain(detail);
    expect([world.writes(), world.asked()]).toEqual([[], []]);
  });

  it('not a manifest whose annotations say another version, though its config does not', async () => {
    const { digest } = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
      annotations: { 'org.opencontainers.image.title': 'app', 'org.opencontainers.image.version': '1.2.4' },
    });
    const { status, body } = await world.sign(order({ expectedDigest: digest, with: ['cosign'] }));
    expect([status, body.code]).toEqual([422, 'sign.archive']);
  });

  it('not a manifest that does not say which chart it is, and no log hears of it', async () => {
    const { digest } = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: new TextEncoder().encode('[]'),
      annotations: {
        'org.opencontainers.image.title': undefined,
        'org.opencontainers.image.version': undefined,
      },
    });
    const { status, body } = await world.sign(order({ expectedDigest: digest, with: ['cosign'] }));
    expect([status, body.code]).toEqual([422, 'sign.archive']);
    expect([world.writes(), world.asked()]).toEqual([[], []]);
  });

  it('no log what PGP made, while that does not verify', async () => {
    let spoiled = false;
    world.hooks.after = ({ method, url }) => {
      // The new manifest is there; what the registry then sends of the provenance is another.
      if (method === 'PUT' && url.includes('/manifests/')) spoiled = true;
      if (!spoiled || method !== 'GET' || !url.includes('/blobs/')) return undefined;
      return new Response('another');
    };
    const { status, body } = await world.sign(order({ with: ['release', 'cosign'] }));
    world.hooks.after = undefined;
    expect([status, body.code]).toEqual([500, 'sign.self_check']);
    expect(world.asked()).toEqual([]);
    expect(world.tag('charts/app')).toBe(chart.digest);
  });

  it('not an old chart, named by digest alone, under the manifest of a new one', async () => {
    const { digest } = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.0.0.tgz'),
      config: await appConfig(),
    });
    const reference = `oci://registry.test/charts/app@${digest}`;
    const { status, body } = await world.sign({ reference, with: ['cosign'] });
    expect([status, body.code]).toEqual([422, 'sign.archive']);
    expect(world.asked()).toEqual([]);
  });
});

describe('rules of the entries', () => {
  it('one PGP key at most', async () => {
    world = await createSigstoreWorld({
      config: { signing: [ENTRIES.release, { ...ENTRIES.release, name: 'second' }, ENTRIES.cosign] },
    });
    chart = await world.push();
    const { status, body } = await world.sign(order({ with: ['release', 'cosign', 'second'] }));
    expect([status, body.code]).toEqual([422, 'sign.one_pgp']);
  });

  it('every entry must be of the caller, of the repository, and have what it requires', async () => {
    world = await createSigstoreWorld({
      config: {
        callers: { tester: { token: { secret: 'TESTER' } }, else: { token: { secret: 'ELSE' } } },
        signing: [
          ENTRIES.release,
          { ...ENTRIES.cosign, callers: ['else'] },
          { ...ENTRIES.bare, repositories: ['registry.test/elsewhere/**'] },
          { ...ENTRIES.other, requires: 'all' },
        ],
      },
      secrets: { ELSE: 'e'.repeat(40) },
    });
    chart = await world.push();
    for (const [name, code] of [
      ['cosign', 'sign.caller'],
      ['bare', 'sign.repository'],
      ['other', 'sign.not_allowed'],
    ]) {
      const { status, body } = await world.sign(order({ with: ['release', name] }));
      expect([status, body.code]).toEqual([403, code]);
    }
    expect([world.writes(), world.tag()]).toEqual([[], chart.digest]);
    expect((await world.records()).map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
  });

  it('a tag alone is signed only if all entries say so', async () => {
    world = await createSigstoreWorld({
      config: {
        signing: [
          { ...ENTRIES.bare, unsafeSignTags: true },
          { ...ENTRIES.other, unsafeSignTags: false },
        ],
      },
    });
    chart = await world.push();
    const { reference } = chart;
    expect((await world.sign({ reference, with: ['bare', 'other'] })).body.code).toBe('sign.digest_required');
    expect((await world.sign({ reference, with: ['bare'] })).status).toBe(201);
  });

  it('what is blocked neither signs nor is signed', async () => {
    for (const blocked of [
      { digests: [chart.digest] },
      { signers: [world.key.public.fingerprint] },
      { signers: [IDENTITY] },
    ]) {
      const blocking = await createSigstoreWorld({
        config: { blocked },
        secrets: { COSIGN: world.privatePem },
      });
      const { digest, reference } = await blocking.push();
      const answer = await blocking.sign({
        reference,
        expectedDigest: digest,
        with: ['release', 'bare', 'keyless'],
        identityToken: await blocking.token(),
      });
      expect([answer.status, answer.body.code]).toEqual([403, 'sign.not_allowed']);
      expect([blocking.writes(), blocking.asked()]).toEqual([[], []]);
    }
  });

  it('whom the certificate names is held to what is blocked too, before anything is published', async () => {
    world = await createSigstoreWorld({ config: { blocked: { signers: [IDENTITY] } } });
    chart = await world.push();
    const identityToken = await world.token({ job_workflow_ref: undefined, sub: 'somebody' });
    const { status, body } = await world.sign(order({ with: ['keyless'], identityToken }));
    expect([status, body.code]).toEqual([403, 'sign.not_allowed']);
    expect(world.writes()).toEqual([]);
  });
});
