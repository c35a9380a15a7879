import { generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { startApp } from '../http/support.ts';
import { AUDIENCE, ISSUER } from '../support/oidc-issuer.ts';

const NOW = Date.UTC(2026, 10, 24, 12) / 1000;

test.each([
  ['another audience', { aud: 'https://elsewhere.test' }, 'for another audience'],
  ['a list of other audiences', { aud: ['sigstore', `${AUDIENCE}/`] }, 'for another audience'],
  ['no audience', { aud: undefined }, 'lacks a good claim "aud"'],
  ['an audience that is no text', { aud: { [AUDIENCE]: true } }, 'for another audience'],
  ['no end', { exp: undefined }, 'lacks a good claim "exp"'],
  ['an end that is no number', { exp: '2100000000' }, 'lacks a good claim "exp"'],
  ['an end that has passed', { exp: NOW - 31 }, 'the token has expired'],
  ['a beginning to come', { nbf: NOW + 31 }, 'the token is not valid yet'],
])('a token with %s is refused', async (_name, claims, expected) => {
  const { issuer, whoIs } = await startApp();
  expect(await whoIs(await issuer.token(claims))).toMatch(new RegExp(`^401 .*${expected}`));
});

test('half a minute between the clocks is forgiven', async () => {
  const { issuer, whoIs } = await startApp();
  expect(await whoIs(await issuer.token({ exp: NOW - 29, nbf: NOW + 29 }))).toBe('job');
});

test.each([
  'https://issuer.example',
  `${ISSUER}/`,
  'https://ISSUER.test',
  `${ISSUER}.evil.test`,
  '',
  5,
  [ISSUER],
])('a token of the issuer %j is refused, and nobody is asked', async (iss) => {
  const { issuer, whoIs } = await startApp();
  expect(await whoIs(await issuer.token({ iss }))).toMatch(/^401 .*of an issuer that no caller has/);
  expect(issuer.requests).toEqual([]);
});

test('a token signed with a key of another, under the id of the right one, is refused', async () => {
  const { issuer, whoIs } = await startApp();
  expect(await whoIs(await issuer.token({}, {}, await generateKeyPair('ES256')))).toContain('does not hold');
});

test('a refused token is told nothing of callers and their claims', async () => {
  const { issuer, app } = await startApp();
  for (const claims of [{ aud: 'x' }, { sub: 'x' }, { iss: 'x' }, { exp: 1 }]) {
    const headers = { authorization: `Bearer ${await issuer.token(claims)}` };
    const response = await app.request('/v1/audit', { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const { detail, help } = (await response.json()) as { detail: string; help: string };
    expect(detail + help).not.toMatch(/release|refs\/tags|issuer\.test|chartseal\.test/);
  }
});
