import { generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { AUDIENCE } from '../support/oidc-issuer.ts';
import { CI, oidc, startApp } from './support.ts';

describe('a token of an issuer', () => {
  test('stands for the first caller whose claims it matches', async () => {
    const { issuer, whoIs } = await startApp();
    expect(await whoIs(await issuer.token())).toBe('job');
    expect(await whoIs(await issuer.token({ sub: 'release' }))).toBe('job');
    expect(await whoIs(await issuer.token({ sub: 'release', ref: 'refs/tags/v1' }))).toBe('release');
    expect(await whoIs(await issuer.token({ aud: ['other', AUDIENCE] }))).toBe('job');
    expect(await whoIs(await issuer.token({ sub: 'somebody' }))).toBe(
      '401 request.unauthenticated: the token is good, but its claims are those of no caller',
    );
  });

  test('matches by texts, numbers and booleans, and never by lists and maps', async () => {
    const { issuer, whoIs } = await startApp({
      callers: { a: oidc({ id: '123', ok: 'true' }) },
      access: { verify: 'callers' },
    });
    expect(await whoIs(await issuer.token({ id: 123, ok: true }))).toBe('a');
    expect(await whoIs(await issuer.token({ id: '123', ok: 'true' }))).toBe('a');
    for (const id of [['123'], { '123': 1 }, null, 1234, '0123']) {
      expect(await whoIs(await issuer.token({ id, ok: true }))).toContain('those of no caller');
    }
    expect(await whoIs(await issuer.token({ ok: true }))).toContain('those of no caller');
  });

  test.each(['RS256', 'PS256', 'ES384', 'EdDSA', 'Ed25519'])('may be signed with %s', async (alg) => {
    const { issuer, whoIs } = await startApp();
    await issuer.rotate('two', alg);
    expect(await whoIs(await issuer.token())).toBe('job');
  });

  test('costs two requests to the issuer, then none until its keys are old', async () => {
    const { issuer, whoIs, state, hints } = await startApp();
    const urls = ['https://issuer.test/.well-known/openid-configuration', 'https://issuer.test/jwks'];
    for (let i = 0; i < 3; i++) await whoIs(await issuer.token());
    expect(issuer.requests).toEqual(urls);
    expect(hints).toEqual(
      urls.map((url) => ({ url, host: 'issuer.test', mayBePrivate: true, redirect: 'manual' })),
    );
    state.now += 10 * 60_000;
    await whoIs(await issuer.token());
    expect(issuer.requests).toEqual([...urls, ...urls]);
  });

  test('may be signed with a new key, which is looked for at most every half minute', async () => {
    const { issuer, whoIs, state } = await startApp();
    await whoIs(await issuer.token());
    await issuer.rotate('two');
    state.now += 30_000;
    expect(await whoIs(await issuer.token())).toBe('job');
    expect(issuer.requests).toHaveLength(4);
    const stranger = await generateKeyPair('ES256');
    for (let i = 0; i < 5; i++) {
      expect(await whoIs(await issuer.token({}, { kid: `unknown-${i}` }, stranger))).toContain(
        'a key that the issuer does not have',
      );
    }
    expect(issuer.requests).toHaveLength(4);
    state.now += 30_000;
    for (let i = 0; i < 5; i++) await whoIs(await issuer.token({}, { kid: `unknown-${i}` }, stranger));
    expect(issuer.requests).toHaveLength(6);
    expect(await whoIs(await issuer.token())).toBe('job');
  });

  test('cannot be judged while the issuer fails: 503, and it is not asked again at once', async () => {
    const { issuer, app, state } = await startApp();
    issuer.answer = () => new Response('', { status: 500 });
    const ask = async () =>
      app.request('/v1/audit', { headers: { authorization: `Bearer ${await issuer.token()}` } });
    const first = await ask();
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await first.json()).toMatchObject({ code: 'oidc.unavailable', retryable: true });
    expect((await ask()).status).toBe(503);
    expect(issuer.requests).toHaveLength(1);
    issuer.answer = undefined;
    state.now += 5000;
    expect((await ask()).status).toBe(404);
  });

  test('is nothing where no caller is known by one, and leaves bearer tokens as they were', async () => {
    const none = await startApp({ callers: { ci: { token: { secret: 'CI_TOKEN' } } }, access: {} });
    expect(await none.whoIs(await none.issuer.token())).toContain('the token is that of no caller');
    const { app, issuer } = await startApp();
    expect((await app.request('/v1/audit', { headers: CI })).status).toBe(403);
    expect([...none.issuer.requests, ...issuer.requests]).toEqual([]);
  });
});
