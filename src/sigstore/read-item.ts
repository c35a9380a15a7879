import { createHash } from 'node:crypto';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { readBundle } from './read-bundle.ts';
import { readLayer } from './read-layer.ts';
import { malformed, type ReadSignature } from './read-signature.ts';
import type { SignatureItem } from './signature-item.ts';
import { digestContent } from './signed-content.ts';

interface Known {
  fingerprint: string;
  signature: ReadSignature | ChartsealError;
}

const known = new WeakMap<SignatureItem, Known>();

/**
 * Reads a found signature, once: a second judgement of the same item finds what was read, and with it what was verified
 * (`verify-proofs.ts` remembers by what this gives). What is remembered belongs to these bytes and annotations: an item
 * that was changed since is read anew.
 * @returns why it cannot be read instead of throwing
 */
export function readItem(item: SignatureItem): ReadSignature | ChartsealError {
  const fingerprint = fingerprintOf(item);
  const before = known.get(item);
  if (before?.fingerprint === fingerprint) return before.signature;
  const signature = read(item);
  known.set(item, { fingerprint, signature });
  return signature;
}

function read(item: SignatureItem): ReadSignature | ChartsealError {
  try {
    // A copy, so that nothing that was verified can change afterwards. A bundle does not hold what a bare signature is
    // over, and cosign takes none for a signature of an artifact in a registry; no digest is given, so none can fit.
    if (item.format === 'bundle') return readBundle(item.bytes, (signature) => digestContent('', signature));
    return readLayer({ ...item, bytes: Uint8Array.from(item.bytes) });
  } catch (error) {
    if (error instanceof ChartsealError) return error;
    return malformed(clean(error instanceof Error ? error.message : error), error);
  }
}

function fingerprintOf({ format, bytes, annotations }: SignatureItem): string {
  return createHash('sha256')
    .update(format)
    .update(JSON.stringify(annotations))
    .update(bytes)
    .digest('base64');
}
