import { ChartsealError } from '../../base/error.ts';
import { trimBlanks } from '../../base/openpgp/trim-blanks.ts';

/** A text to be clear-signed, in the two forms it takes. */
export interface SignableText {
  /** As it is shown, lines ended by LF. */
  shown: string;
  /** As the signature covers it, lines ended by CRLF. */
  signed: Uint8Array;
}

/**
 * Prepares a text as Go's clearsign.Encode does: blanks at line ends, which no OpenPGP implementation signs, are left
 * out; a line end at the end is part of it, as with Helm from 3.21.4 on.
 * @throws ChartsealError sign.self_check for a text that readers would not agree on
 */
export function signableText(text: string): SignableText {
  // Readers differ on a lone CR; a lone surrogate has no UTF-8 form, so another text than this would be signed.
  const lines = text.split('\n').map((line) => trimBlanks(line));
  if (text.includes('\r') || !text.isWellFormed()) {
    throw new ChartsealError(
      'sign.self_check',
      'the text to sign holds a carriage return or is not Unicode text',
    );
  }
  return { shown: lines.join('\n'), signed: new TextEncoder().encode(lines.join('\r\n')) };
}

/**
 * Writes a clear-signed message exactly as Helm from 3.21.4 on does (go-crypto, openpgp/clearsign): every line that
 * begins with a dash is escaped, the armor has no headers and no checksum and lines of 64 characters, and the file ends
 * without a line end. openpgp.js would write CRLF and a checksum.
 * @param packet the signature packet, framed
 */
export function formatClearsigned(text: SignableText, packet: Uint8Array): string {
  const escaped = text.shown.replace(/^-/gm, '- -');
  const armor = toBase64(packet).replace(/.{64}(?=.)/g, '$&\n');
  return [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    'Hash: SHA512',
    '',
    escaped,
    '-----BEGIN PGP SIGNATURE-----',
    '',
    armor,
    '-----END PGP SIGNATURE-----',
  ].join('\n');
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
