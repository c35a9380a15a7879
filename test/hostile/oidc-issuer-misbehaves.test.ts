import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startApp } from '../http/support.ts';
import { ISSUER } from '../support/oidc-issuer.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const endless = (cancelled: () => void) =>
  new Response(
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(16 * 1024).fill(0x20)),
      cancel: cancelled,
    }),
  );

describe.each([DISCOVERY, '/jwks'])('when the answer to %s', (at) => {
  test.each([
    ['never ends', () => endless(() => {}), /is larger than \d+ bytes/],
    ['is huge', () => new Response(' '.repeat(300_000)), /is larger than \d+ bytes/],
    [
      'says that it is huge',
      () => new Response('{}', { headers: { 'content-length': '999999999' } }),
      /larger/,
    ],
    ['is no JSON', () => new Response('<html>'), /is not JSON/],
    ['is a list', () => Response.json([]), /is no JSON object/],
    ['is an error', () => new Response('', { status: 404 }), /answered with status 404/],
    [
      'leads elsewhere',
      () => new Response('', { status: 302, headers: { location: 'http://169.254.169.254/' } }),
      /status 302/,
    ],
    [
      'breaks off',
      () => new Response(new ReadableStream({ start: (c) => c.error(new Error('reset')) })),
      /reset/,
    ],
  ])('%s, the token is not judged: 503', async (_name, answer, expected) => {
    const { issuer, whoIs } = await startApp();
    issuer.answer = (path) => (path === at ? answer() : undefined);
    const said = await whoIs(await issuer.token());
    expect(said).toMatch(/^503 oidc\.unavailable: the keys of https:\/\/issuer\.test cannot be had: /);
    expect(said).toMatch(expected);
    expect(issuer.requests.length).toBeLessThanOrEqual(2);
  });
});

test('an endless answer is given up', async () => {
  const { issuer, whoIs } = await startApp();
  const cancelled = vi.fn();
  issuer.answer = () => endless(cancelled);
  await whoIs(await issuer.token());
  expect(cancelled).toHaveBeenCalled();
});

test.each([
  ['of another issuer', { issuer: 'https://evil.test', jwks_uri: `${ISSUER}/jwks` }, /another issuer/],
  ['of an issuer with a slash more', { issuer: `${ISSUER}/`, jwks_uri: `${ISSUER}/jwks` }, /another issuer/],
  ['with keys over http', { issuer: ISSUER, jwks_uri: 'http://keys.example.com/jwks' }, /not https/],
  ['with keys over http at the issuer', { issuer: ISSUER, jwks_uri: 'http://issuer.test/jwks' }, /not https/],
  [
    'with keys at a private address',
    { issuer: ISSUER, jwks_uri: 'https://10.0.0.1/jwks' },
    /private or special/,
  ],
  ['with keys at this machine', { issuer: ISSUER, jwks_uri: 'https://127.0.0.1/jwks' }, /private or special/],
  [
    'with keys at a cluster name',
    { issuer: ISSUER, jwks_uri: 'https://kubernetes.default.svc/jwks' },
    /private or special/,
  ],
  ['with credentials', { issuer: ISSUER, jwks_uri: 'https://u:p@keys.example.com/jwks' }, /credentials/],
  ['with a file', { issuer: ISSUER, jwks_uri: 'file:///etc/passwd' }, /not https/],
  ['without keys', { issuer: ISSUER }, /no jwks_uri/],
])('a discovery document %s is refused, and not followed', async (_name, document, expected) => {
  const { issuer, whoIs } = await startApp();
  issuer.answer = (path) => (path === DISCOVERY ? Response.json(document) : undefined);
  expect(await whoIs(await issuer.token())).toMatch(expected);
  expect(issuer.requests).toEqual([`${ISSUER}${DISCOVERY}`]);
});

test('keys at another public https host may be fetched, and only a public one', async () => {
  const { issuer, whoIs, hints } = await startApp();
  issuer.answer = (path) =>
    path === DISCOVERY
      ? Response.json({ issuer: ISSUER, jwks_uri: 'https://keys.example.com/jwks' })
      : undefined;
  expect(await whoIs(await issuer.token())).toBe('job');
  expect(hints.at(-1)).toMatchObject({ host: 'keys.example.com', mayBePrivate: false });
});

test('a set of too many keys is refused', async () => {
  const { issuer, whoIs } = await startApp();
  issuer.keys = Array.from({ length: 101 }, (_, i) => ({ kty: 'EC', kid: `k${i}` }));
  expect(await whoIs(await issuer.token())).toMatch(/more than 100 keys/);
});

test('keys that are none do not keep the good one from being found', async () => {
  const { issuer, whoIs } = await startApp();
  issuer.keys = [
    null,
    5,
    {},
    { kty: 'EC' },
    { kty: 'RSA', kid: 'one', n: '!', e: 'AQAB' },
    ...issuer.keys,
  ] as never;
  expect(await whoIs(await issuer.token())).toBe('job');
});

describe('when the issuer does not answer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test.each([
    ['at all', () => new Promise<Response>(() => {})],
    ['to the end', () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) }))],
  ])('%s, it is given up after eight seconds', async (_name, answer) => {
    const { issuer, whoIs } = await startApp();
    const token = await issuer.token();
    issuer.answer = () => answer();
    const said = whoIs(token);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(8000);
    expect(await said).toMatch(/^503 oidc\.unavailable: .*no complete answer within 8000 ms/);
  });
});
