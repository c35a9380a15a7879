// Shapes of secrets that may hide in text from outside: user and password before a host, JWTs and bearer tokens,
// armored private keys. None belongs there; who writes a wrong thing into a reference must not find it in the log.
const SECRETS: [RegExp, string][] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\s\S]*/g, '[removed]'],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[removed]'],
  [/\b(bearer|basic)\s+[^\s,;]+/gi, '$1 [removed]'],
  [/\/\/[^/@\s]+@(?!sha256:)/g, '//[removed]@'],
];

// What is looked at; far more than is kept.
const MAX_LOOKED_AT = 8192;

/** The text without what looks like a secret. */
export function redact(text: string): string {
  let rest = text.slice(0, MAX_LOOKED_AT);
  for (const [pattern, replacement] of SECRETS) rest = rest.replace(pattern, replacement);
  return rest;
}
