/** Where something stands in an object: keys and indexes from its root. */
export type Segments = readonly (string | number)[];

/**
 * What stands under these keys, or undefined. Only an object's own keys are looked at: a document may have keys like
 * `__proto__`, and lack ones like `constructor`.
 */
export function field(value: unknown, ...keys: Segments): unknown {
  let at: unknown = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** A JSON pointer (RFC 6901). */
export function pointer(segments: Segments): string {
  return segments.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The same for people: `spec.sources[1].chart`. */
export function describePath(segments: Segments): string {
  const text = segments.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.startsWith('.') ? text.slice(1) : text;
}
