import { exportSPKI, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { startApp } from '../http/support.ts';
import { AUDIENCE, ISSUER } from '../support/oidc-issuer.ts';

test('a token authenticated with the public key of the issuer as a shared secret is refused', async () => {
  const { issuer, whoIs, state } = await startApp();
  await issuer.rotate('rsa', 'RS256');
  const pem = await exportSPKI(issuer.pair.publicKey);
  const secrets = [pem, pem.trim(), JSON.stringify(issuer.keys[1])].map((text) =>
    new TextEncoder().encode(text),
  );
  for (const secret of secrets) {
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'job', exp: state.now / 1000 + 300 })
        .setProtectedHeader({ alg, kid: 'rsa' })
        .sign(secret);
      expect(await whoIs(token)).toMatch(/^401 /);
    }
  }
});

test('a shared secret in the key set of the issuer is no key', async () => {
  const { issuer, whoIs } = await startApp();
  issuer.keys = [{ kty: 'oct', k: 'AAAA', kid: 'one', alg: 'ES256' }];
  expect(await whoIs(await issuer.token())).toContain('a key that the issuer does not have');
});

test('a key is used for its own algorithm only', async () => {
  const { issuer, whoIs } = await startApp();
  await issuer.rotate('rsa', 'RS256');
  const [, key] = issuer.keys;
  issuer.keys = [{ ...key, alg: 'PS256' }];
  expect(await whoIs(await issuer.token())).toMatch(/^401 /);
});
