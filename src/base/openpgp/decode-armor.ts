import { latin1ToBytes } from './latin1.ts';
import { trimBlanks } from './trim-blanks.ts';

/**
 * The bytes of an armor body (RFC 9580, section 6): base64 in lines, then perhaps a checksum. The checksum is not
 * looked at: it protects from nothing, Helm 4 writes none, and Helm and openpgp.js accept a wrong one.
 * @param lines what stands between the empty line after the armor's headers and its END line
 * @returns undefined when the lines are not base64
 */
export function decodeArmor(lines: readonly string[]): Uint8Array | undefined {
  const kept = lines.map((line) => trimBlanks(line.replace(/^[ \t]+/, ''))).filter((line) => line !== '');
  if (/^=[A-Za-z0-9+/]{4}$/.test(kept.at(-1) ?? '')) kept.pop();
  const text = kept.join('');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    return latin1ToBytes(atob(text));
  } catch {
    return undefined;
  }
}
