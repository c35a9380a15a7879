import { Buffer } from 'node:buffer';
import { createReadOnce } from '../../base/read-once.ts';

/** How one field is read. Enumerations are objects of names and numbers, as @sigstore/protobuf-specs has them. */
type Field =
  | 'string'
  | 'bytes'
  | 'int64'
  /** google.protobuf.Struct: any JSON object. */
  | 'struct'
  | { mapOf: 'string' }
  | { enum: Readonly<Record<string, string | number>> }
  | { message: Message }
  | { list: Field };

/** The fields of a message by their JSON names, and those of which at most one may stand. */
export interface Message {
  fields: Readonly<Record<string, Field>>;
  oneOf?: readonly (readonly string[])[];
  /** Names in the .proto file where they are not the JSON name in snake case. */
  protoNames?: Readonly<Record<string, string>>;
}

/**
 * Reads JSON as Go's protojson does with its default options, which cosign reads bundles, log entries and statements
 * with: unknown and repeated fields are errors, a field may be called by either of its names, null is not there.
 * Absent and empty strings, bytes and numbers are the same in proto3 and read as undefined.
 * @throws SyntaxError when protojson would give an error
 */
export function readProtojson(text: string, message: Message): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  refuseRepeatedKeys(text);
  return readMessage(value, message);
}

const protoNamesOf = createReadOnce(
  ({ fields, protoNames }: Message) =>
    new Map(Object.keys(fields).map((name) => [protoNames?.[name] ?? snakeCase(name), name])),
);

function readMessage(value: unknown, message: Message): Record<string, unknown> {
  const { fields, oneOf } = message;
  const result: Record<string, unknown> = {};
  const seen = new Set<string>();
  const byProtoName = protoNamesOf(message);
  for (const [key, one] of Object.entries(objectOf(value))) {
    const name = Object.hasOwn(fields, key) ? key : byProtoName.get(key);
    const field = name === undefined ? undefined : fields[name];
    if (name === undefined || field === undefined) throw new SyntaxError('unknown field');
    if (seen.has(name)) throw new SyntaxError('duplicate field');
    seen.add(name);
    if (one !== null) result[name] = readField(one, field);
  }
  for (const choices of oneOf ?? []) {
    if (choices.filter((name) => Object.hasOwn(result, name)).length > 1) {
      throw new SyntaxError('oneof is already set');
    }
  }
  return result;
}

function readField(value: unknown, field: Field): unknown {
  if (field === 'string') return stringOf(value) || undefined;
  if (field === 'bytes') return bytesOf(stringOf(value));
  if (field === 'int64') return integerOf(value);
  if (field === 'struct') return objectOf(value);
  if ('mapOf' in field) {
    return new Map(Object.entries(objectOf(value)).map(([key, one]) => [key, stringOf(one)]));
  }
  if ('enum' in field) return enumOf(value, field.enum);
  if ('message' in field) return readMessage(value, field.message);
  if (!Array.isArray(value)) throw new SyntaxError('not a list');
  return value.map((one) => readField(one, field.list));
}

function objectOf(value: unknown): Record<string, unknown> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new SyntaxError('not an object');
}

function stringOf(value: unknown): string {
  if (typeof value !== 'string') throw new SyntaxError('not a string');
  return value;
}

// protojson:decode.go unmarshalBytes: either alphabet, with or without padding.
function bytesOf(text: string): Uint8Array | undefined {
  const packed = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(packed)) throw new SyntaxError('not base64');
  const padding = packed.length - packed.replace(/=+$/, '').length;
  if (packed.length % 4 === 1 || (padding > 0 && packed.length % 4 !== 0))
    throw new SyntaxError('not base64');
  return packed === '' ? undefined : Buffer.from(packed, 'base64');
}

function integerOf(value: unknown): bigint | undefined {
  const number =
    typeof value === 'string' && /^-?(?:0|[1-9]\d{0,18})$/.test(value) ? BigInt(value) : undefined;
  const exact = number ?? (Number.isSafeInteger(value) ? BigInt(value as number) : undefined);
  if (exact === undefined || BigInt.asIntN(64, exact) !== exact) throw new SyntaxError('not an int64');
  return exact === 0n ? undefined : exact;
}

function enumOf(value: unknown, names: Readonly<Record<string, string | number>>): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const number = typeof value === 'string' && Object.hasOwn(names, value) ? names[value] : undefined;
  if (typeof number !== 'number') throw new SyntaxError('not a value of the enumeration');
  return number;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

// The text is valid JSON already, so strings and brackets are all there is to look at.
function refuseRepeatedKeys(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found, colon] = match;
    const inside = open.at(-1);
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    else if (colon !== undefined && inside !== undefined) {
      const key: string = JSON.parse(found.slice(0, found.length - colon.length));
      if (inside.has(key)) throw new SyntaxError('key twice in one object');
      inside.add(key);
    }
  }
}
