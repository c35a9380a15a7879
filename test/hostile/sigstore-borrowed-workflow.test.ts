import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import { createFakeSigstore, FAKE_EXTENSIONS } from '../support/sigstore/index.ts';

// A workflow that others may call (`workflow_call`) signs for them under its own name: the subject is the file of the
// workflow, whoever's repository it ran for (fulcio: docs/oid-info.md, build signer URI). Only an extension tells.
const sigstore = createFakeSigstore();
const OURS = 'https://github.com/acme/charts';
const borrowed = () =>
  sigstore.signKeyless({
    digest: DIGEST,
    extensions: { ...FAKE_EXTENSIONS, 5: 'mallory/charts', 12: 'https://github.com/mallory/charts' },
  });

test.each([
  ['the repository it ran for', { sourceRepository: OURS }],
  ['the same, by its older extension', { workflowRepository: 'acme/charts' }],
  ['any of the owner', { sourceRepository: 'https://github.com/acme/*' }],
])('a trusted workflow that ran for a stranger is told by %s', async (_, extensions) => {
  const trust = await keylessTrust(sigstore, { extensions });
  expect(await verdict(borrowed(), trust)).toBe('extension_mismatch');
  expect(await verdict(sigstore.signKeyless({ digest: DIGEST }), trust)).toBe('held');
});

test('a certificate that does not say for whom it ran does not pass for one that does', async () => {
  const { 12: _, ...without } = FAKE_EXTENSIONS;
  const trust = await keylessTrust(sigstore, { extensions: { sourceRepository: '**' } });
  const bundle = sigstore.signKeyless({ digest: DIGEST, extensions: without });
  expect(await verdict(bundle, trust)).toBe('extension_mismatch');
});
