import { isBase64 } from '../../base/is-base64.ts';
import { Refusal, Unknowable } from './refusal.ts';

/** What a Go struct says of a field: its type, or the fields of a struct. */
export type GoType = 'string' | 'int64' | 'bytes' | 'any' | 'map' | { [name: string]: GoType };

/**
 * Reads JSON into what a Go struct would hold with encoding/json: what is not named in it is passed over, null changes
 * nothing, another type is an error.
 * @throws Refusal in Go's words, shortened
 * @throws Unknowable where Go would choose between names that differ only in case, or stand twice
 */
// biome-ignore lint/suspicious/noExplicitAny: the type says what is in it
export function readGoJson(text: string, type: GoType): any {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('invalid character');
  }
  refuseAlike(text, type);
  check(value, type);
  return value;
}

function check(value: unknown, type: GoType): void {
  if (value === null || type === 'any') return;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const wanted = type === 'int64' ? 'number' : type === 'string' || type === 'bytes' ? 'string' : 'object';
  if (type === 'bytes' && found === 'array') throw new Unknowable('bytes as a list of numbers');
  if (found !== wanted || (type === 'int64' && !Number.isInteger(value))) {
    throw new Refusal(`json: cannot unmarshal ${found} into Go struct field of type ${nameOf(type)}`);
  }
  if (type === 'bytes' && !isBase64((value as string).replace(/[\r\n]/g, ''))) {
    throw new Refusal('illegal base64 data');
  }
  if (type === 'int64' && !Number.isSafeInteger(value))
    throw new Unknowable('a number that JavaScript rounds');
  if (typeof type === 'string') return;
  for (const [name, inner] of Object.entries(type)) {
    const one = Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : null;
    check(one, inner);
  }
}

function nameOf(type: GoType): string {
  if (typeof type !== 'string') return 'struct';
  return type === 'map' ? 'map[string]interface {}' : type;
}

// Names are looked for wherever they stand, which says "not known" a little too often.
function refuseAlike(text: string, type: GoType): void {
  const known = new Set(namesOf(type));
  const folded = new Map([...known].map((name) => [name.toLowerCase(), name]));
  const seen: Set<string>[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found, colon] = match;
    if (found === '{') seen.push(new Set());
    else if (found === '}') seen.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(found.slice(0, found.length - colon.length));
      const meant = folded.get(key.toLowerCase());
      if (seen.at(-1)?.has(key) || (meant !== undefined && meant !== key)) {
        throw new Unknowable('names that Go tells apart otherwise');
      }
      seen.at(-1)?.add(key);
    }
  }
}

function namesOf(type: GoType): string[] {
  if (typeof type === 'string') return [];
  return Object.entries(type).flatMap(([name, inner]) => [name, ...namesOf(inner)]);
}
