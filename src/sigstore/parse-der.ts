import { ASN1Obj } from '@sigstore/core';

/** Nesting that `@sigstore/core` reads, and so this. */
const MAX_DEPTH = 100;
// Of numbers and object identifiers that are read as such (a status, a path length, an algorithm), which have a few.
// The library takes a time that grows with the square of their size. Serial numbers are compared as bytes.
const MAX_NUMBER_BYTES = 128;
const OCTET_STRING = 0x04;
const CONSTRUCTED = 0x20;

/**
 * A node of `@sigstore/core`'s tree that knows the bytes it was read from. The library writes a node anew, and all
 * below it, each time bytes are asked for: most of the time of a verification. DER has one encoding for a value, and
 * both readers refuse any other length encoding, so the bytes that were read are the bytes it would write.
 */
export class DerNode extends ASN1Obj {
  readonly #buffer: Buffer;
  readonly #start: number;
  readonly #end: number;
  #isRewritten = false;
  #oid: string | undefined;

  constructor(
    buffer: Buffer,
    place: [start: number, content: number, end: number],
    tagByte: number,
    subs: DerNode[],
  ) {
    super(tagOf(tagByte), buffer.subarray(place[1], place[2]), subs);
    this.#buffer = buffer;
    this.#start = place[0];
    this.#end = place[2];
  }

  /** A copy, as the library changes the first byte of one (signed attributes of a timestamp). */
  override toDER(): Buffer {
    if (!this.#isRewritten) return Buffer.from(this.source);
    const content = Buffer.concat(this.subs.map((sub) => sub.toDER()));
    return Buffer.concat([Buffer.from([this.tag.toDER(), ...encodeLength(content.length)]), content]);
  }

  override toOID(): string {
    if (this.#oid === undefined) {
      this.#refuseLong();
      this.#oid = super.toOID();
    }
    return this.#oid;
  }

  override toInteger(): bigint {
    this.#refuseLong();
    return super.toInteger();
  }

  #refuseLong(): void {
    if (this.value.byteLength > MAX_NUMBER_BYTES) throw new Error('a number or identifier in it is too long');
  }

  /** From now on its bytes are made of what is below it, as something there was taken out. */
  rewrite(): void {
    this.#isRewritten = true;
  }

  /** The bytes it was read from; not to be changed. */
  get source(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }
}

/**
 * Reads DER into the tree that `@sigstore/core` works on, by its rules (asn1/obj.js, asn1/length.js), several times
 * faster; `test/sigstore/parse-der.test.ts` compares the two.
 * @param bytes kept, so not to be changed afterwards
 * @throws Error for anything but one whole element
 */
export function parseDer(bytes: Uint8Array): DerNode {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [node, end] = readNode(buffer, 0, buffer.length, 0);
  if (end !== buffer.length) throw new Error('bytes after the end of the DER element');
  return node;
}

function readNode(buffer: Buffer, start: number, limit: number, depth: number): [DerNode, number] {
  if (depth > MAX_DEPTH) throw new Error('DER is nested too deeply');
  if (start + 2 > limit) throw new Error('DER ends early');
  const tagByte = buffer[start]!;
  let position = start + 2;
  let length = buffer[start + 1]!;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count > 6 || position + count > limit || buffer[position] === 0) throw new Error('bad DER length');
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + buffer[position + i]!;
    if (length < 0x80) throw new Error('DER length is not minimal');
    position += count;
  }
  const end = position + length;
  if (end > limit) throw new Error('DER ends early');
  let subs: DerNode[] = [];
  if ((tagByte & CONSTRUCTED) !== 0) {
    subs = readNodes(buffer, position, end, depth);
  } else if (tagByte === OCTET_STRING) {
    // What an octet string holds is often DER (extensions, the content of a timestamp); the library reads it if it can.
    try {
      subs = readNodes(buffer, position, end, depth);
    } catch {
      // Then it is just bytes.
    }
  }
  return [new DerNode(buffer, [start, position, end], tagByte, subs), end];
}

function readNodes(buffer: Buffer, start: number, end: number, depth: number): DerNode[] {
  const nodes: DerNode[] = [];
  for (let position = start; position < end; ) {
    const [node, next] = readNode(buffer, position, end, depth + 1);
    nodes.push(node);
    position = next;
  }
  return nodes;
}

// The library does not export its class of tags; an empty element of each gives one.
const tags = new Map<number, ASN1Obj['tag']>();

function tagOf(tagByte: number): ASN1Obj['tag'] {
  let tag = tags.get(tagByte);
  if (tag === undefined) {
    tag = ASN1Obj.parseBuffer(Buffer.from([tagByte, 0])).tag;
    tags.set(tagByte, tag);
  }
  return tag;
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}
