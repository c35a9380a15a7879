import { createHash } from 'node:crypto';
import { ChartsealError } from '../../base/error.ts';

/** What signed metadata says of a file. */
export interface FileFacts {
  length?: number | undefined;
  hashes?: Readonly<Record<string, string>> | undefined;
}

const STRONG = ['sha256', 'sha512'] as const;

/**
 * Holds a file against its length and hashes. Hashes of other algorithms than SHA-256 and SHA-512 are not looked at.
 * @param needed `hash`: one of these hashes must be stated; without it, what is not stated is not checked (TUF lets
 *   timestamp and snapshot name files by version alone)
 * @throws ChartsealError `tuf.mismatch`
 */
export function checkFile(bytes: Uint8Array, facts: FileFacts, what: string, needed?: 'hash'): void {
  if (facts.length !== undefined && facts.length !== bytes.byteLength) {
    throw mismatch(what, `it has ${bytes.byteLength} bytes where ${facts.length} are signed`);
  }
  let checked = 0;
  for (const algorithm of STRONG) {
    const expected = hashOf(facts, algorithm);
    if (expected === undefined) continue;
    if (createHash(algorithm).update(bytes).digest('hex') !== expected.toLowerCase()) {
      throw mismatch(what, `its ${algorithm} is not the one that is signed`);
    }
    checked++;
  }
  // A list of hashes of which none can be checked must not be taken for none.
  if (checked === 0 && (needed === 'hash' || Object.keys(facts.hashes ?? {}).length > 0)) {
    throw mismatch(what, 'neither its sha256 nor its sha512 is signed');
  }
}

/** The hash of an algorithm as hex digits, if it is stated. */
export function hashOf(facts: FileFacts, algorithm: (typeof STRONG)[number]): string | undefined {
  const hash =
    facts.hashes !== undefined && Object.hasOwn(facts.hashes, algorithm)
      ? facts.hashes[algorithm]
      : undefined;
  return hash !== undefined && /^[0-9a-f]+$/i.test(hash) ? hash : undefined;
}

function mismatch(what: string, why: string): ChartsealError {
  return new ChartsealError('tuf.mismatch', `TUF ${what}: ${why}`, { retryable: true });
}
