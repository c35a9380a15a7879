import { expect, test } from 'vitest';
import { checkEntryShape } from '../../src/sigstore/bundle-shape.ts';

// What a log answers goes through the same library as bundles: for {"length": 4e9} it would fill as many bytes.
test.each([
  ['canonicalizedBody', { canonicalizedBody: { length: 4e9 } }],
  ['logId.keyId', { logId: { keyId: { length: 4e9 } } }],
  ['inclusionProof.hashes[0]', { inclusionProof: { hashes: [{ length: 4e9 }] } }],
  ['inclusionPromise.signedEntryTimestamp', { inclusionPromise: { signedEntryTimestamp: ['a'] } }],
])('an entry with a length for its %s is refused', (path, entry) => {
  expect(() => checkEntryShape(entry)).toThrow(path);
});
