import { Buffer } from 'node:buffer';

/** A signed note (golang.org/x/mod/sumdb/note, C2SP signed-note), taken apart and not verified. */
interface SignedNote {
  /** What is signed: lines, each with its end. */
  text: string;
  signatures: NoteSignature[];
}

interface NoteSignature {
  /** Whose, as the line claims. */
  name: string;
  /** The first four bytes of the key's id, as a number. */
  keyHash: number;
  signature: Uint8Array;
}

const MAX_SIGNATURES = 100;

/**
 * Reads a signed note: text, an empty line, signature lines.
 * @returns undefined when it is none
 */
export function readNote(note: string): SignedNote | undefined {
  if (/[\0-\x09\x0b-\x1f]/.test(note)) return undefined;
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || split + 2 >= note.length) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line);
    const bytes = Buffer.from(match?.[2] ?? '', 'base64');
    if (match === null || bytes.length < 5) return undefined;
    signatures.push({ name: match[1]!, keyHash: bytes.readUInt32BE(0), signature: bytes.subarray(4) });
  }
  return { text: note.slice(0, split + 1), signatures };
}
