/**
 * JSON as Go's encoding/json writes it (json.Marshal): no white space, `<`, `>`, `&`, U+2028 and U+2029 escaped.
 * Object keys keep the order they have; Go's order is that of the struct, so the caller puts them in it. Fields that
 * are undefined are left out.
 */
export function goJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? item.toWellFormed() : item,
  ).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
