import { Buffer } from 'node:buffer';

/** One block of a PEM file. */
export interface PemBlock {
  /** What stands after BEGIN, like `PRIVATE KEY`. */
  label: string;
  der: Buffer<ArrayBuffer>;
}

/**
 * The blocks of a PEM file (RFC 7468). Line ends, blanks and text around the blocks are not looked at, as secrets often
 * lose line ends on their way; headers as in RFC 1421 (`Proc-Type: …`) make a block unreadable.
 * @returns undefined when there is no block, or one that is damaged
 */
export function readPem(text: string): PemBlock[] | undefined {
  const blocks: PemBlock[] = [];
  for (const [, label, body = '', end] of text.matchAll(BLOCK)) {
    const base64 = body.replace(/\s+/g, '');
    if (label === undefined || label !== end || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
    if (base64.length % 4 !== 0) return undefined;
    blocks.push({ label, der: Buffer.from(base64, 'base64') });
  }
  const begun = text.split('-----BEGIN ').length - 1;
  return blocks.length > 0 && blocks.length === begun ? blocks : undefined;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,60})-----([^-]*)-----END ([A-Z0-9 ]{1,60})-----/g;
