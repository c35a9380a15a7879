import { crypto } from '@sigstore/core';
import { afterEach, expect, test, vi } from 'vitest';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// Whoever verifies a checkpoint tries each of its signatures that names a trusted log, and a name and four bytes of a
// public key are cheap to write: 16 KiB of them in each of 32 entries kept the verifier busy for two seconds a bundle.
const sigstore = createFakeSigstore();

afterEach(() => {
  vi.restoreAllMocks();
});

/** A bundle with one entry whose checkpoint has lines that name the log and sign nothing. */
function flooded(rekor: 'v1' | 'v2', lines: number) {
  const bundle = sigstore.signKeyless({ digest: DIGEST, rekor, timestamp: true });
  const [entry] = bundle.json.verificationMaterial.tlogEntries;
  const log = rekor === 'v1' ? sigstore.rekorV1 : sigstore.rekorV2;
  const nothing = rekor === 'v1' ? Buffer.from('3006020101020101', 'hex') : Buffer.alloc(64, 1);
  const line = `— r ${Buffer.concat([log.logId.subarray(0, 4), nothing]).toString('base64')}\n`;
  const { checkpoint } = entry.inclusionProof;
  const [note, own] = checkpoint.envelope.split('\n\n');
  checkpoint.envelope = `${note}\n\n${line.repeat(lines)}${own}`;
  return bundle;
}

test.each(['v1', 'v2'] as const)(
  'Rekor %s: a checkpoint with many signatures is not looked into',
  async (rekor) => {
    const trust = await keylessTrust(sigstore);
    const check = vi.spyOn(crypto, 'verify');
    expect(await verdict(flooded(rekor, 100), trust)).toBe('unknown: evidence.limit');
    expect(check).not.toHaveBeenCalled();
  },
);

test.each(['v1', 'v2'] as const)('Rekor %s: one with witnesses is', async (rekor) => {
  expect(await verdict(flooded(rekor, 31), await keylessTrust(sigstore))).toBe('held');
});

test('a list is no checkpoint, however its length is counted', async () => {
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  const { checkpoint } = bundle.json.verificationMaterial.tlogEntries[0].inclusionProof;
  checkpoint.envelope = [checkpoint.envelope];
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('malformed');
});
