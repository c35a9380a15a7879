/** One challenge of a WWW-Authenticate header; scheme and parameter names in lower case. */
export interface Challenge {
  scheme: string;
  params: Record<string, string>;
}

const MAX_HEADER = 16 * 1024;
// RFC 9110 §11.2 and §5.6: token, quoted string, token68.
const SCHEME = /[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=[\s,]|$)/y;
const PARAM = /[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;

/**
 * Reads WWW-Authenticate: several challenges in one header, commas and escapes inside quoted strings.
 * What cannot be read ends the list; it is never an error, as the challenges before it may do.
 * @param header the header's value (several headers joined by commas), or null
 */
export function parseChallenges(header: string | null): Challenge[] {
  const text = (header ?? '').slice(0, MAX_HEADER);
  const found: Challenge[] = [];
  let at = 0;
  while (at < text.length) {
    const scheme = match(SCHEME, text, at);
    if (scheme === null) break;
    const params: Record<string, string> = Object.create(null);
    at = readParams(text, SCHEME.lastIndex, params);
    found.push({ scheme: (scheme[1] ?? '').toLowerCase(), params });
  }
  return found;
}

function readParams(text: string, from: number, params: Record<string, string>): number {
  if (match(TOKEN68, text, from) !== null) return TOKEN68.lastIndex;
  let at = from;
  for (let param = match(PARAM, text, at); param !== null; param = match(PARAM, text, at)) {
    const [, name = '', quoted, plain = ''] = param;
    // The first of two equal names counts; a second one would be an attempt to be read in two ways.
    params[name.toLowerCase()] ??= quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
    at = PARAM.lastIndex;
  }
  return at;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
