import { isBase64 } from '../base/is-base64.ts';
/** What a YAML scalar is, as go-yaml v2 sees it. Integers are bigints, as Go keeps all 64 bits of them; floats are numbers. */
export type YamlScalar = null | boolean | bigint | number | string;

const PREFIX = 'tag:yaml.org,2002:';

// go-yaml v2's own table (go.yaml.in/yaml/v2:resolve.go). It is that of YAML 1.1, where YAML 1.2 and go-yaml v3 know
// only true and false.
const TABLE = new Map<string, YamlScalar>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((t) => [t, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (t) => [t, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((t) => [t, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((t) => [t, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((t) => [t, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((t) => [t, Number.NEGATIVE_INFINITY] as const),
]);

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

type Kind = 'null' | 'bool' | 'int' | 'float' | 'str' | 'timestamp';

/**
 * Resolves a scalar as go-yaml v2 does for a target without a type.
 * @param tag the full tag (`tag:yaml.org,2002:int`), `!…` for a local one, '' for a plain scalar without any
 * @param text the scalar's text
 * @returns the value; a timestamp stays the text it was (go-yaml keeps it so for untyped targets); `undefined` when
 * the text is not of the kind that its tag names, with go-yaml's words in `problem`
 */
export function resolveScalar(tag: string, text: string): { value?: YamlScalar; problem?: string } {
  const short = tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : tag;
  if (tag.startsWith(PREFIX) && short === 'binary') return decodeBinary(text);
  // Tags that go-yaml does not know make a string of any text.
  const wanted = tag === '' ? '' : tag.startsWith(PREFIX) ? short : 'other';
  if (!['', 'str', 'bool', 'int', 'float', 'null', 'timestamp'].includes(wanted)) return { value: text };
  if (wanted === 'str') return { value: text };
  const { kind, value } = resolvePlain(text, wanted === '' || wanted === 'timestamp');
  if (wanted === '' || wanted === kind) return { value };
  if (wanted === 'float' && kind === 'int' && typeof value === 'bigint' && value <= MAX_INT64) {
    return { value: Number(value) };
  }
  return { problem: `cannot decode !!${kind} \`${text}\` as a !!${wanted}` };
}

/** Whether go-yaml, on reading this text without quotes, would see a string. */
export function isPlainString(text: string): boolean {
  return resolvePlain(text, true).kind === 'str';
}

function resolvePlain(text: string, timestamps: boolean): { kind: Kind; value: YamlScalar } {
  const known = TABLE.get(text);
  if (known !== undefined) {
    const kind = known === null ? 'null' : typeof known === 'boolean' ? 'bool' : 'float';
    return { kind, value: known };
  }
  const first = text.charAt(0);
  if (first === '.') {
    const float = parseGoFloat(text);
    if (float !== undefined) return { kind: 'float', value: float };
  } else if (/[-+0-9]/.test(first)) {
    if (timestamps && isTimestamp(text)) return { kind: 'timestamp', value: text };
    const plain = text.replaceAll('_', '');
    const int = parseGoInt(plain);
    if (int !== undefined) return { kind: 'int', value: int };
    if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) {
      const float = Number(plain);
      if (Number.isFinite(float)) return { kind: 'float', value: float };
    }
    const binary = parseOddBinary(plain);
    if (binary !== undefined) return { kind: 'int', value: binary };
  }
  return { kind: 'str', value: text };
}

/** strconv.ParseInt(s, 0, 64), then strconv.ParseUint(s, 0, 64), for text without underscores. */
function parseGoInt(text: string): bigint | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', hex, bin, oct, dec] = match;
  const digits = hex ?? bin ?? oct ?? dec ?? '';
  if (digits.length > 80) return undefined; // far beyond 64 bits in any base: no need to build the number
  const size = BigInt(hex ? `0x${hex}` : bin ? `0b${bin}` : oct ? `0o${oct}` : digits);
  const value = sign === '-' ? -size : size;
  if (value < MIN_INT64 || value > (sign === '' ? MAX_UINT64 : MAX_INT64)) return undefined;
  return value;
}

// go-yaml cuts "0b" off and parses the rest again, sign and all: "0b-101" is -5.
function parseOddBinary(text: string): bigint | undefined {
  const match = /^0b([-+])([01]{1,64})$/.exec(text);
  if (match === null) return undefined;
  const value = BigInt(`0b${match[2]}`);
  if (value > MAX_INT64) return undefined;
  return match[1] === '-' ? -value : value;
}

/** strconv.ParseFloat of text that begins with a dot; Go takes single underscores between digits. */
function parseGoFloat(text: string): number | undefined {
  if (!/^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** One of the four layouts that go-yaml v2 tries with time.Parse, and a date that exists. */
function isTimestamp(text: string): boolean {
  const match =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)| +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/.exec(
      text,
    );
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, h1 = 0, m1 = 0, s1 = 0, h2 = 0, m2 = 0, s2 = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return false;
  return h1 < 24 && h2 < 24 && m1 < 60 && m2 < 60 && s1 < 60 && s2 < 60;
}

function decodeBinary(text: string): { value?: YamlScalar; problem?: string } {
  const plain = text.replace(/[\r\n]/g, '');
  if (!isBase64(plain)) {
    return { problem: '!!binary value contains invalid base64 data' };
  }
  const bytes = Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
  // What is no UTF-8 becomes U+FFFD, as when Go writes the string as JSON.
  return { value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) };
}
