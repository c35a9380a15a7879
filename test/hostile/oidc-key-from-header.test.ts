import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { startApp } from '../http/support.ts';

test('keys that a token brings along or points to are not looked at', async () => {
  const { issuer, whoIs } = await startApp();
  const own = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(own.publicKey);
  const headers = [
    { jwk },
    { jku: 'https://evil.test/jwks', kid: 'evil' },
    { x5u: 'https://evil.test/cert.pem', kid: 'evil' },
    { x5c: ['MIIB'], kid: 'one' },
    { jwk, kid: 'one', jku: 'http://169.254.169.254/' },
  ];
  for (const header of headers) expect(await whoIs(await issuer.token({}, header, own))).toMatch(/^401 /);
  expect(issuer.requests.every((url) => url.startsWith('https://issuer.test/'))).toBe(true);
  expect(issuer.requests.length).toBeLessThanOrEqual(4);
});

test.each([
  '../../etc/passwd',
  '/dev/null',
  'https://evil.test/key',
  "' OR 1=1 --",
  '__proto__',
  'constructor',
  '',
  'one\u0000',
  'x'.repeat(5000),
  'ONE',
])('a key id is compared and nothing else: %j', async (kid) => {
  const { issuer, whoIs } = await startApp();
  expect(await whoIs(await issuer.token({}, { kid }))).toMatch(/^401 .*a key that the issuer does not have/);
  expect(new Set(issuer.requests)).toEqual(
    new Set(['https://issuer.test/.well-known/openid-configuration', 'https://issuer.test/jwks']),
  );
});

test('a header that says critical things that are not understood is refused', async () => {
  const { issuer, whoIs } = await startApp();
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'one', crit: ['exp2'], exp2: 1 })).toString(
    'base64url',
  );
  const [, payload, signature] = (await issuer.token()).split('.');
  expect(await whoIs(`${header}.${payload}.${signature}`)).toMatch(/^401 /);
});
