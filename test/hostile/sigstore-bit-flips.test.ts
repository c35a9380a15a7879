import { expect, test } from 'vitest';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import { createFakeSigstore, type FakeBundle } from '../support/sigstore/index.ts';

// One bit of anything that is signed or proves: it does not hold any more. That the reader of certificates remembers and
// that proofs are remembered must not change it, so all are asked of one root.
const sigstore = createFakeSigstore();

// biome-ignore lint/suspicious/noExplicitAny: JSON
const parts: [what: string, where: (json: any) => [any, string]][] = [
  ['payload', (json) => [json.dsseEnvelope, 'payload']],
  ['signature', (json) => [json.dsseEnvelope.signatures[0], 'sig']],
  ['certificate', (json) => [json.verificationMaterial.certificate, 'rawBytes']],
  ['log entry', (json) => [json.verificationMaterial.tlogEntries[0], 'canonicalizedBody']],
  ['name of the log', (json) => [json.verificationMaterial.tlogEntries[0].logId, 'keyId']],
  ['promise', (json) => [json.verificationMaterial.tlogEntries[0].inclusionPromise, 'signedEntryTimestamp']],
  ['proof', (json) => [json.verificationMaterial.tlogEntries[0].inclusionProof.hashes, '0']],
];

test.each(parts)('of the %s', async (_, where) => {
  const root = await readTrustedRoot(sigstore.trustedRoot());
  const trust = await keylessTrust(sigstore, { root });
  const bundle: FakeBundle = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', timestamp: true });
  expect(await verdict(bundle, trust)).toBe('held');
  const [holder, name] = where(bundle.json);
  const good = Buffer.from(holder[name], 'base64');
  const step = Math.max(1, Math.floor(good.length / 60));
  for (let i = 0; i < good.length; i += step) {
    const changed = Buffer.from(good);
    changed[i]! ^= 1 << (i % 8);
    holder[name] = changed.toString('base64');
    expect(await verdict(bundle, trust)).not.toBe('held');
  }
  holder[name] = good.toString('base64');
  expect(await verdict(bundle, trust)).toBe('held');
});

// A timestamp response has parts that nothing signs (its status text, the list of digests, the version), so a bit of
// those may change; the time that is told must not.
test('of a timestamp: it does not hold, or it says the same', async () => {
  const trust = await keylessTrust(sigstore);
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  const [stamp] = bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps;
  const good = Buffer.from(stamp.signedTimestamp, 'base64');
  const held: number[] = [];
  for (let i = 0; i < good.length; i++) {
    const changed = Buffer.from(good);
    changed[i]! ^= 1;
    stamp.signedTimestamp = changed.toString('base64');
    if ((await verdict(bundle, trust)) === 'held') held.push(i);
  }
  const info = good.indexOf(Buffer.from('20261123120000Z'));
  expect(held.filter((i) => i >= info - 60 && i < info + 15)).toEqual([]);
  expect(held.length).toBeLessThan(60);
});
