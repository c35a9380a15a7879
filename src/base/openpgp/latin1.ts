/** Bytes as a string of one character each. (TextDecoder cannot: its "latin1" is windows-1252.) */
export function bytesToLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  // Arguments of a call live on the stack.
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return parts.join('');
}

/** The bytes of such a string. */
export function latin1ToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
