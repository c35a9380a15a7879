/**
 * JSON as Go's encoding/json writes it (json.Marshal): no white space, `<`, `>`, `&`, U+2028 and U+2029 escaped.
 * Object keys keep the order they have; Go's order is that of the struct, so the caller puts them in it. Fields that
 * are undefined are left out. A bigint is written as the float64 it would be in Go, a Map an object (its keys keep their order even when they look
 * like numbers).
 */
export function goJson(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  // What Go reads into an untyped field is a float64.
  if (typeof value === 'bigint') return JSON.stringify(Number(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  const fields: string[] = [];
  for (const [key, inner] of value instanceof Map ? value : Object.entries(value)) {
    if (inner !== undefined) fields.push(`${quote(String(key))}:${goJson(inner)}`);
  }
  return `{${fields.join(',')}}`;
}

function quote(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
