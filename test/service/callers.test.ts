import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { AUDIENCE, createIssuer, ISSUER, type OidcIssuer } from '../support/oidc-issuer.ts';
import { ask, NOW } from '../support/service.ts';
import { createWorld, pushGood, type World } from '../support/world.ts';

const GOOD = 'oci://registry.test/charts/app:1.2.3';
let world: World;
let issuer: OidcIssuer;

beforeAll(async () => {
  issuer = await createIssuer(() => NOW);
  world = await createWorld({
    config: {
      callers: {
        tester: { token: { secret: 'TESTER' } },
        job: { oidc: { issuer: ISSUER, audience: AUDIENCE, claims: { sub: 'repo:acme/charts:*' } } },
      },
      keys: { retired: ['retired.gpg'] },
    },
    files: { 'retired.gpg': await fixture('keys/release.gpg') },
    others: { 'issuer.test': issuer },
  });
  await pushGood(world.registry);
});

const asJob = async (claims: object = {}) => ({
  authorization: `Bearer ${await issuer.token({ sub: 'repo:acme/charts:tag', ...claims })}`,
});

describe('a job that proves with a token who it is', () => {
  it('is answered, and known by its name in the log', async () => {
    for (const alg of ['ES256', 'RS256', 'EdDSA']) {
      if (alg !== 'ES256') await issuer.rotate(alg, alg);
      await world.service.setNow(NOW + issuer.keys.length * 60_000);
      const { status, body } = await ask(world.service, { reference: GOOD }, await asJob());
      expect([alg, status, body.verdict]).toEqual([alg, 200, 'allow']);
    }
    await world.service.setNow(NOW);
    const line = (await world.service.logs()).findLast((text) => text.includes('"verdict"')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ caller: 'job', status: 200 });
    expect((await world.service.logs()).join('')).not.toContain('eyJ');
  });

  it('is refused with another audience, an old token or the claims of another', async () => {
    const wrong = [
      { aud: 'x' },
      { exp: NOW / 1000 - 60 },
      { sub: 'repo:acme/charts:tag/x' },
      { iss: 'https://x.test' },
    ];
    for (const claims of wrong) {
      const { status, headers, body } = await ask(world.service, { reference: GOOD }, await asJob(claims));
      expect([status, body.code]).toEqual([401, 'request.unauthenticated']);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('may ask many times at once from the start', async () => {
    const fresh = await createWorld({
      config: { callers: { job: { oidc: { issuer: ISSUER, audience: AUDIENCE, claims: { sub: '**' } } } } },
      others: { 'issuer.test': issuer },
    });
    await pushGood(fresh.registry);
    const headers = await asJob();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => ask(fresh.service, { reference: GOOD }, headers)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
  });
});

describe('public keys and what is not there', () => {
  it('are given to anyone', async () => {
    const list = await (await world.service.fetch('/v1/keys')).json();
    expect(list.keys).toMatchObject([{ retired: true, helm: ['<=3.21.3', '>=3.21.4 <4', '>=4'] }]);
    const ring = await world.service.fetch('/keys/pgp.gpg');
    expect(ring.status).toBe(200);
    const etag = ring.headers.get('etag') ?? '';
    expect((await world.service.fetch('/keys/pgp.gpg', { headers: { 'if-none-match': etag } })).status).toBe(
      304,
    );
    expect(await (await world.service.fetch('/keys/pgp.asc')).text()).toMatch(
      /^-----BEGIN PGP PUBLIC KEY BLOCK/,
    );
  });

  it('signing and the audit log are for callers, and answered by 404 where nothing signs', async () => {
    for (const [path, method] of [
      ['/v1/sign', 'POST'],
      ['/v1/audit', 'GET'],
    ] as const) {
      expect((await world.service.fetch(path, { method })).status).toBe(401);
    }
    const signed = await world.service.fetch('/v1/sign', {
      method: 'POST',
      headers: await asJob(),
      body: '{}',
    });
    expect(signed.status).toBe(404);
    expect((await world.service.fetch('/v1/audit', { headers: await asJob() })).status).toBe(403);
  });
});
