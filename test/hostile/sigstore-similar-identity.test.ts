import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import { createFakeSigstore, FAKE_IDENTITY, FAKE_ISSUER } from '../support/sigstore/index.ts';

// Anybody can have an identity that contains the trusted one, or is contained in it. Only the whole counts.
const sigstore = createFakeSigstore();
const EMAIL = 'dev@example.com';

test.each([
  'dev@example.co',
  'ev@example.com',
  'dev@example.com.evil.example',
  'mydev@example.com',
  'dev@example.com ',
  'Dev@example.com',
  'dev@example.com@evil.example',
])('%s is not dev@example.com', async (identity) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: [EMAIL] }))).toBe(
    'identity_mismatch',
  );
});

test.each([
  `${FAKE_IDENTITY}.1`,
  FAKE_IDENTITY.slice(0, -1),
  `https://evil.example/?${FAKE_IDENTITY}`,
  FAKE_IDENTITY.replace('acme/', 'acme-evil/'),
  FAKE_IDENTITY.replace('github.com', 'github.com.evil.example'),
  FAKE_IDENTITY.replace('https', 'http'),
  FAKE_IDENTITY.replace('.github/', '.github/workflows/release.yml@refs/tags/v1.2.3/.github/'),
])('%s is not the release workflow', async (identity) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('identity_mismatch');
});

test.each([
  `${FAKE_ISSUER}/`,
  FAKE_ISSUER.slice(0, -1),
  `${FAKE_ISSUER}.evil.example`,
  FAKE_ISSUER.toUpperCase(),
])('the issuer %s is not the one that is trusted', async (issuer) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, issuer });
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('issuer_mismatch');
});

test('the right identity of another issuer, and the right issuer for somebody else, do not add up', async () => {
  const trust = await keylessTrust(sigstore);
  const elsewhere = sigstore.signKeyless({ digest: DIGEST, issuer: 'https://gitlab.example' });
  const stranger = sigstore.signKeyless({ digest: DIGEST, identity: 'mallory@evil.example' });
  expect(await verdict(elsewhere, trust)).toBe('issuer_mismatch');
  expect(await verdict(stranger, trust)).toBe('identity_mismatch');
});
