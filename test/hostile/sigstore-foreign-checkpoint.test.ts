import { expect, test } from 'vitest';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, keyTrust, verdict } from '../sigstore/support.ts';
import { createFakeSigstore, createRekor } from '../support/sigstore/index.ts';

// An inclusion proof is worth what the checkpoint is worth that it ends in: signed by the log that the entry names, and
// one that is trusted.
const sigstore = createFakeSigstore();

test.each(['v1', 'v2'] as const)('of a log that is not trusted (Rekor %s)', async (rekor) => {
  const foreign = createFakeSigstore();
  const bundle = foreign.signWithKey({ digest: DIGEST, rekor, key: sigstore.key, timestamp: false });
  expect(await verdict(bundle, await keyTrust(sigstore))).toBe('log_invalid');
});

test('of another trusted log, for an entry that says it is in the first', async () => {
  const second = createRekor(2, 'second.fake.example');
  const root = await readTrustedRoot(sigstore.trustedRoot((json) => json.tlogs.push(second.inRoot(0))));
  const bundle = sigstore.signWithKey({ digest: DIGEST });
  const [entry] = bundle.json.verificationMaterial.tlogEntries;
  const elsewhere = second.logBody(entry.kindVersion, Buffer.from(entry.canonicalizedBody, 'base64'), 0);
  const trust = await keyTrust(sigstore, { root });
  expect(await verdict(bundle, trust)).toBe('held');
  entry.inclusionProof = elsewhere.inclusionProof;
  expect(await verdict(bundle, trust)).toBe('log_invalid');
  bundle.json.verificationMaterial.tlogEntries = [elsewhere];
  expect(await verdict(bundle, trust)).toBe('held');
});

test('of the same log, of a tree that the entry is not in', async () => {
  const bundle = sigstore.signWithKey({ digest: DIGEST });
  const earlier = sigstore.signWithKey({ digest: DIGEST }).json.verificationMaterial.tlogEntries[0]
    .inclusionProof;
  const proof = bundle.json.verificationMaterial.tlogEntries[0].inclusionProof;
  proof.checkpoint = { ...earlier.checkpoint };
  expect(await verdict(bundle, await keyTrust(sigstore))).toBe('log_invalid');
  Object.assign(proof, earlier);
  expect(await verdict(bundle, await keyTrust(sigstore))).toBe('log_invalid');
});

test.each([
  ['size', (text: string) => text.replace(/\n\d+\n/, '\n1\n')],
  ['size that is no number', (text: string) => text.replace(/\n\d+\n/, '\nmany\n')],
  ['name', (text: string) => text.replace(/^\S+/, 'other.fake.example')],
  ['signature', (text: string) => text.replace(/(.)(\S{8})\n$/, '$1AAAAAAAA\n')],
  ['signer', (text: string) => text.replace(/— \S+/, '— .*')],
  ['no signature', (text: string) => text.replace(/— .*\n/, '')],
  ['no lines', () => ''],
])('with another %s', async (_, change) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  const { checkpoint } = bundle.json.verificationMaterial.tlogEntries[0].inclusionProof;
  checkpoint.envelope = change(checkpoint.envelope);
  expect(await verdict(bundle, await keylessTrust(sigstore))).toMatch(/^(log_invalid|malformed)$/);
});

test('a promise does not make up for a proof that does not hold', async () => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1' });
  bundle.json.verificationMaterial.tlogEntries[0].inclusionProof.hashes[0] =
    Buffer.alloc(32).toString('base64');
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('log_invalid');
});
