import { expect, test } from 'vitest';
import { startApp } from '../http/support.ts';
import { AUDIENCE, ISSUER, rawToken } from '../support/oidc-issuer.ts';

test('a token of a megabyte is refused by its length', async () => {
  const { issuer, whoIs } = await startApp();
  for (const size of [16_001, 1024 * 1024]) {
    expect(await whoIs(await issuer.token({ padding: 'x'.repeat(size) }))).toMatch(
      /^401 .*the token is too long/,
    );
    expect(await whoIs(`${'A'.repeat(size)}`)).toMatch(/^401 .*the token is too long/);
  }
  expect(issuer.requests).toEqual([]);
});

test('a token that is deeply nested, or no token, is refused without asking anybody', async () => {
  const { issuer, whoIs } = await startApp();
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const tokens = [
    `${Buffer.from(deep).toString('base64url').slice(0, 7000)}.e30.AAAA`,
    'a.b.c',
    'e30.e30.e30',
    '..',
    'eyJhbGciOiJFUzI1NiJ9..AAAA',
    rawToken([] as object, [] as object, 'AAAA'),
    rawToken({ alg: ['ES256'] }, { iss: ISSUER, aud: AUDIENCE }, 'AAAA'),
    rawToken({ alg: 'ES256', b64: false, crit: ['b64'] }, { iss: 'x' }, 'AAAA'),
  ];
  for (const token of tokens) expect(await whoIs(token)).toMatch(/^401 request\.unauthenticated/);
  expect(issuer.requests).toEqual([]);
});
