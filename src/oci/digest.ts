import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';

/** `sha256:` and 64 lower-case hex digits; nothing else is a digest here. */
export type Digest = string & { readonly __brand: 'Digest' };

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** Is the text a digest as chartseal takes it? */
export function isDigest(text: string): text is Digest {
  return SHA256.test(text);
}

/**
 * Reads a digest.
 * @throws ChartsealError `reference.invalid` for other algorithms, upper-case hex or a wrong length
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new ChartsealError('reference.invalid', `digest "${clean(text)}" ${whyNot(text)}`, {
    help: 'Copy the digest whole: "sha256:" and 64 lower-case hex digits.',
  });
}

/** The digest of the bytes. */
export async function sha256Digest(bytes: Uint8Array): Promise<Digest> {
  return `sha256:${toHex(await sha256(bytes))}` as Digest;
}

function whyNot(text: string): string {
  if (!text.startsWith('sha256:')) {
    return /^[a-z0-9+._-]+:/i.test(text)
      ? 'uses an algorithm other than sha256'
      : 'does not begin with "sha256:"';
  }
  const hex = text.slice('sha256:'.length);
  if (/^[0-9a-fA-F]{64}$/.test(hex)) return 'has upper-case hex digits';
  if (/^[0-9a-f]*$/.test(hex)) return `has ${hex.length} hex digits instead of 64`;
  return 'has characters that are no hex digits';
}
