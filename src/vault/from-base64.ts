import { ChartsealError } from '../base/error.ts';

/** Bytes from what Vault writes as base64. */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw new ChartsealError('sign.signer_refused', 'Vault answered with damaged base64');
  }
}
