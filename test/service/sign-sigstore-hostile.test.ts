import { beforeEach, describe, expect, it } from 'vitest';
import { createKeySigner, readCosignKey } from '../../src/sigstore/index.ts';
import { attachBundle, attachExperimental, attachLegacy, type Place } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { NOW } from '../support/service.ts';
import { FULCIO, type ServiceCall } from '../support/sigstore-services/index.ts';
import {
  createSigstoreWorld,
  ENTRIES,
  IDENTITY,
  type SigstoreWorld,
} from '../support/sigstore-signing-world.ts';
import { appConfig } from '../support/world.ts';

/** Callers and registries that mean ill where sigstore signs. */

let world: SigstoreWorld;
let chart: { digest: string; reference: string };
const order = (more: object = {}) => ({ reference: chart.reference, expectedDigest: chart.digest, ...more });

beforeEach(async () => {
  world = await createSigstoreWorld();
  chart = await world.push();
});

async function expectUntouched(code: string | undefined) {
  expect(world.writes()).toEqual([]);
  expect(world.tag()).toBe(chart.digest);
  const records = await world.records();
  if (code === undefined) return expect(records).toEqual([]);
  expect(records).toEqual([expect.objectContaining({ kind: 'refused', code })]);
}

/** A layer of a `.sig` manifest, as cosign writes it without a log. */
async function legacyBy(pem: string, digest: string) {
  const signer = createKeySigner({
    key: await readCosignKey(pem),
    clock: () => NOW,
    fetch,
    random: () => 0,
    sleep: async () => {},
  });
  const { legacy } = await signer.sign({
    subject: { digest },
    legacy: { repository: 'registry.test/charts/app' },
    at: NOW,
  });
  if (legacy === undefined) throw new Error('no legacy signature');
  return { signature: { bytes: legacy.payload, annotations: legacy.annotations } };
}

const unsigned = (claims: unknown) =>
  ['{"alg":"none"}', typeof claims === 'string' ? claims : JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

describe('the identity token', () => {
  it('is asked for before anything is read, where somebody signs keyless', async () => {
    const { status, body } = await world.sign(order({ with: ['release', 'keyless'] }));
    expect([status, body.code]).toEqual([422, 'sign.identity_required']);
    expect(body.detail).toContain('"keyless"');
    expect(world.registry.requests).toEqual([]);
    await expectUntouched('sign.identity_required');
  });

  it('is not taken along where nobody needs it', async () => {
    const identityToken = await world.token();
    const { status, body } = await world.sign(order({ with: ['release', 'cosign'], identityToken }));
    expect([status, body.code]).toEqual([400, 'request.invalid']);
    expect(world.registry.requests).toEqual([]);
    await expectUntouched('request.invalid');
  });

  const good = { iss: IDENTITY.issuer, sub: 'somebody', aud: 'sigstore', exp: 4_000_000_000 };
  it.each<[string, unknown, number, string, boolean]>([
    ['no text', 5, 400, 'request.invalid', false],
    ['empty', '', 400, 'request.invalid', false],
    ['huge', `eyJ${'a'.repeat(17_000)}.b.c`, 400, 'request.invalid', false],
    ['larger than any body', 'x'.repeat(70_000), 413, 'request.too_large', false],
    ['no JWT', 'a-secret-that-is-no-token', 422, 'sign.identity_token', true],
    ['no JSON', unsigned('secret{'), 422, 'sign.identity_token', true],
    ['a list', unsigned([good]), 422, 'sign.identity_token', true],
    ['without issuer', unsigned({ ...good, iss: undefined }), 422, 'sign.identity_token', true],
    ['without subject', unsigned({ ...good, sub: '' }), 422, 'sign.identity_token', true],
    ['of a nameless address', unsigned({ ...good, email: 'a@b.c' }), 422, 'sign.identity_token', true],
    ['too old', unsigned({ ...good, exp: 1_000_000_000 }), 422, 'sign.identity_token', true],
    ['by the name of everybody', unsigned({ ...good, sub: '**' }), 422, 'sign.identity_token', true],
    ['of any issuer', unsigned({ ...good, iss: 'https://*' }), 422, 'sign.identity_token', true],
    ['of any workflow', unsigned({ ...good, job_workflow_ref: 'acme/*' }), 422, 'sign.identity_token', true],
  ])('that is %s is refused and not repeated', async (_name, identityToken, status, code, isLogged) => {
    const answer = await world.sign(order({ with: ['release', 'keyless'], identityToken }));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const said = JSON.stringify(answer.body) + (await world.service.logs()).join('\n');
    if (typeof identityToken === 'string' && identityToken !== '') {
      for (const part of identityToken.split('.').filter(({ length }) => length > 8))
        expect(said).not.toContain(part.slice(0, 24));
    }
    expect(world.asked()).toEqual([]);
    await expectUntouched(isLogged ? code : undefined);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'https://chartseal.example' }],
  ])('%s gets no certificate: the authority judges it', async (_name, claims) => {
    world.services.instead.set(FULCIO, ({ body }: ServiceCall) => {
      const { oidcIdentityToken } = JSON.parse(new TextDecoder().decode(body)).credentials;
      const { iss } = JSON.parse(Buffer.from(oidcIdentityToken.split('.')[1], 'base64url').toString());
      return iss === IDENTITY.issuer
        ? undefined
        : Response.json({ code: 3, message: `unknown issuer ${iss}` }, { status: 400 });
    });
    const identityToken = await world.token(claims);
    const { status, body } = await world.sign(order({ with: ['release', 'keyless'], identityToken }));
    expect([status, body.code]).toEqual([403, 'sign.identity_refused']);
    expect(world.tag()).toBe(chart.digest);
    expect((await world.records()).at(-1)).toMatchObject({ kind: 'failed', code: 'sign.identity_refused' });
  });

  it('is shown to the certificate authority and to nobody else', async () => {
    const identityToken = await world.token();
    const { status } = await world.sign(order({ with: ['release', 'keyless', 'cosign'], identityToken }));
    expect(status).toBe(201);
    const told = world.services.calls.filter(({ body, url, headers }) =>
      `${url} ${JSON.stringify([...headers])} ${Buffer.from(body).toString('latin1')}`.includes(
        identityToken.split('.')[2] ?? '',
      ),
    );
    expect(told.map(({ url }) => url)).toEqual([`${FULCIO}/api/v2/signingCert`]);
  });

  it('may hold what it likes in its names: none of it gets out raw', async () => {
    const sub = 'x\u202e\u0000\n{"verdict":"allow"} -----BEGIN PRIVATE KEY-----';
    const { body } = await world.sign(
      order({ with: ['keyless'], identityToken: unsigned({ ...good, sub }) }),
    );
    const [, second] = await world.records();
    const said = `${JSON.stringify(body)} ${JSON.stringify(second)} ${(await world.service.logs()).join('')}`;
    expect(said).not.toMatch(/\u202e|PRIVATE KEY/);
  });
});

describe('what others put beside a chart', () => {
  let place: Place;
  beforeEach(() => {
    const { bytes } = world.registry.getManifest('charts/app', '1.2.3')!;
    place = { registry: world.registry, repository: 'charts/app', subject: { digest: chart.digest, bytes } };
  });

  it('is not taken for a signature that is there: copied bundles, attestations, junk, other annotations', async () => {
    const key = { key: world.services.sigstore.key };
    const other = world.services.sigstore.signWithKey({ ...key, digest: `sha256:${'4'.repeat(64)}` });
    await attachBundle(place, other.bytes());
    await attachBundle(place, new TextEncoder().encode('{"no":"bundle"}'));
    await attachBundle(place, new TextEncoder().encode('\u0000'));
    const elsewhere = await world.registry.pushChart('charts/elsewhere/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
      created: '2026-11-01T00:00:00Z',
    });
    expect(elsewhere.digest).not.toBe(chart.digest);
    const reference = 'oci://registry.test/charts/elsewhere/app:1.2.3';
    const there = { reference, expectedDigest: elsewhere.digest };
    expect((await world.sign({ ...there, with: ['bare'] })).status).toBe(201);
    const [copied = ''] = await world.referrers('charts/elsewhere/app', elsewhere.digest);
    const { layers } = JSON.parse(
      new TextDecoder().decode(world.registry.getManifest('charts/elsewhere/app', copied)?.bytes),
    );
    await attachBundle(place, world.registry.getBlob('charts/elsewhere/app', layers[0].digest)!);
    // By the same key, without the annotations that the entry signs.
    expect((await world.sign(order({ with: ['bare'] }))).status).toBe(201);
    expect((await world.sign(order({ with: ['legacy'] }))).status).toBe(201);
    expect((await world.sign(order({ with: ['legacy'] }))).status).toBe(200);
  });

  it('is not taken for a bundle where it is a legacy signature by the very key, under .sig or as a referrer', async () => {
    const { signature } = await legacyBy(world.privatePem, chart.digest);
    await attachLegacy(place, 'sig', [signature]);
    await attachExperimental(place, [signature]);
    expect((await world.sign(order({ with: ['bare'] }))).status).toBe(201);
    expect(await world.referrers('charts/app', chart.digest)).toHaveLength(2);
    expect((await world.sign(order({ with: ['bare'] }))).status).toBe(200);
  });

  it('does not stand in for what a registry took and does not show again', async () => {
    const { signature } = await legacyBy(world.privatePem, chart.digest);
    await attachLegacy(place, 'sig', [signature]);
    expect(await world.verdict(chart.reference)).toBe('allow');
    const empty = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] };
    let lists = 0;
    world.hooks.after = (request) => {
      // Whoever attaches sees it in the list, and nobody after that.
      if (!request.url.includes('/referrers/') || ++lists < 3) return undefined;
      return Response.json(empty, { headers: { 'content-type': empty.mediaType } });
    };
    const { status, body } = await world.sign(order({ with: ['bare'] }));
    expect([status, body.code]).toEqual([500, 'sign.self_check']);
    expect(body.detail).toContain('is not found');
  });

  it('in any number does not make it sign what it could not find again', async () => {
    for (let i = 0; i < 40; i++) await attachBundle(place, new TextEncoder().encode(`{"junk":${i}}`));
    world.registry.requests.length = 0;
    const { status, body } = await world.sign(order({ with: ['cosign'] }));
    expect([status, body.code]).toEqual([422, 'evidence.limit']);
    expect([world.writes(), world.asked()]).toEqual([[], []]);
  });

  it('under the legacy tag is not overwritten where it is none of cosign’s', async () => {
    const tag = `${chart.digest.replace(':', '-')}.sig`;
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] };
    const before = await world.registry.putManifest('charts/app', tag, index, index.mediaType);
    const { status, body } = await world.sign(order({ with: ['legacy'] }));
    expect([status, body.code]).toEqual([502, 'registry.upload_refused']);
    expect(world.registry.getManifest('charts/app', tag)?.digest).toBe(before);
  });

  it('under the fallback tag is not overwritten where it is no list', async () => {
    world.registry.quirks.noReferrers = true;
    const tag = chart.digest.replace(':', '-');
    const archive = await fixture('demo/app-1.0.0.tgz');
    const other = await world.registry.pushChart('charts/app', '1.0.0', { archive });
    await world.registry.putManifest('charts/app', tag, other.bytes);
    const { status, body } = await world.sign(order({ with: ['cosign'] }));
    expect([status, body.code]).toEqual([502, 'registry.upload_refused']);
    expect(world.registry.getManifest('charts/app', tag)?.digest).toBe(other.digest);
  });
});

describe('an identity with an asterisk, which a trust entry would read as a glob', () => {
  it('is none, though an authority certifies it', async () => {
    const claims = { job_workflow_ref: undefined, certified: 'https://github.com/acme/charts/**' };
    const identityToken = await world.token(claims);
    const { status, body } = await world.sign(order({ with: ['keyless'], identityToken }));
    expect([status, body.code]).toEqual([422, 'sign.identity_token']);
    expect(world.writes()).toEqual([]);
  });
});

describe('a log that cannot be written', () => {
  it('lets nothing be signed, and no service is asked', async () => {
    world = await createSigstoreWorld({ auditRefuses: ['intent'] });
    chart = await world.push();
    const identityToken = await world.token();
    const { status, body } = await world.sign(
      order({ with: ['release', 'keyless', 'cosign'], identityToken }),
    );
    expect([status, body.code]).toEqual([503, 'audit.unavailable']);
    expect([world.writes(), world.asked()]).toEqual([[], []]);
  });
});

describe('a caller', () => {
  it('learns of keyless and cosign entries only where they are theirs', async () => {
    world = await createSigstoreWorld({
      config: {
        callers: { tester: { token: { secret: 'TESTER' } }, else: { token: { secret: 'ELSE' } } },
        signing: [ENTRIES.release, { ...ENTRIES.keyless, callers: ['else'] }],
      },
      secrets: { ELSE: 'e'.repeat(40) },
    });
    chart = await world.push();
    for (const name of ['keyless', 'nosuch']) {
      const answer = await world.sign(order({ with: ['release', name], identityToken: await world.token() }));
      expect([answer.status, answer.body.code]).toEqual([403, 'sign.caller']);
      expect(answer.body.detail).toContain('may sign with: release');
    }
  });
});
