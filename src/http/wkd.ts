const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/**
 * The name of a mailbox in a Web Key Directory: the SHA-1 of its local part in lower case, in z-base-32
 * (draft-koch-openpgp-webkey-service, section 3.1). SHA-1 only names here, it protects nothing.
 */
export async function wkdHash(localPart: string): Promise<string> {
  // ASCII letters only, as the draft says.
  const lower = localPart.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(lower)));
  // 160 bits are 32 characters of 5 bits.
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of digest) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

/** Local part and domain (in lower case) of the address of a user id: `Name <address>` or the address alone. */
export function mailbox(userId: string): { local: string; domain: string } | undefined {
  const [, address] = /<([^<>\s]+)>\s*$/.exec(userId) ?? /^([^<>\s]+)$/.exec(userId) ?? [];
  const at = address?.lastIndexOf('@') ?? -1;
  if (address === undefined || at < 1 || at === address.length - 1) return undefined;
  return { local: address.slice(0, at), domain: address.slice(at + 1).toLowerCase() };
}
