import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// Whoever may push a branch but no tag can name the branch so that its end looks like a tag.
const sigstore = createFakeSigstore();
const WORKFLOW = 'https://github.com/acme/charts/.github/workflows/release.yml';
const subjects = [`${WORKFLOW}@refs/tags/*`];

test.each(['refs/tags/v1.2.3', 'refs/tags/1.0.0-rc.1+build'])('%s is a tag', async (ref) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity: `${WORKFLOW}@${ref}` });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects }))).toBe('held');
});

test.each([
  'refs/heads/x@refs/tags/v1.2.3',
  'refs/heads/refs/tags/v1.2.3',
  'refs/heads/main',
  'refs/tags/v1/../../heads/main',
  'refs/tags/v1@refs/heads/main',
  'refs/tags/',
  'refs/tags/team/v1',
])('%s is none', async (ref) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity: `${WORKFLOW}@${ref}` });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects }))).toBe('identity_mismatch');
});

test('a workflow whose file name ends like the trusted one is another', async () => {
  const identity =
    'https://github.com/acme/charts/.github/workflows/x.yml@refs/heads/y/.github/workflows/release.yml@refs/tags/v1';
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects }))).toBe('identity_mismatch');
});
