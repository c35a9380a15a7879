import { createHash } from 'node:crypto';
import { readBundle } from './read-bundle.ts';
import { readLayer } from './read-layer.ts';
import type { ReadSignature } from './read-signature.ts';
import type { SignatureItem } from './signature-item.ts';
import { digestContent } from './signed-content.ts';

interface Known {
  fingerprint: string;
  signature: ReadSignature;
}

const known = new WeakMap<SignatureItem, Known>();

/**
 * Reads a found signature, once: a second judgement of the same item finds what was read, and with it what was verified
 * (`verify-proofs.ts` remembers by what this gives). What is remembered belongs to these bytes and annotations: an item
 * that was changed since is read anew.
 * @throws ChartsealError as `readBundle` and `readLayer` do, and what they do not mean to
 */
export function readItem(item: SignatureItem): ReadSignature {
  const fingerprint = fingerprintOf(item);
  const before = known.get(item);
  if (before?.fingerprint === fingerprint) return before.signature;
  const signature = read(item);
  known.set(item, { fingerprint, signature });
  return signature;
}

// A copy of a layer, so that nothing that was verified can change afterwards; a bundle is copied as it is decoded. What
// a bare signature is over stands in no bundle, and cosign takes none for a signature of an artifact in a registry: no
// digest is given, so none can fit.
function read(item: SignatureItem): ReadSignature {
  if (item.format === 'bundle') return readBundle(item.bytes, (signature) => digestContent('', signature));
  return readLayer({ ...item, bytes: Uint8Array.from(item.bytes) });
}

function fingerprintOf({ format, bytes, annotations }: SignatureItem): string {
  return createHash('sha256')
    .update(format)
    .update(JSON.stringify(annotations))
    .update(bytes)
    .digest('base64');
}
