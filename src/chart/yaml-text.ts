import { isPlainString } from './resolve-scalar.ts';

type YamlStyle = 'plain' | 'single' | 'double' | 'literal';

// YAML 1.1 times such as 1:30, which go-yaml reads as strings and quotes nevertheless (encode.go: isBase60Float).
const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
/** What cannot stand first in a text without quotes (emitterc.go: yaml_emitter_analyze_scalar). */
const STARTS = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t]|$))/;
/** What cannot stand within: the end of a key, the start of a comment. */
const WITHIN = /:(?:[ \t]|$)|[ \t\0\n\r\u0085\u2028\u2029]#/;

const BREAK = /[\n\r\u0085\u2028\u2029]/;

/** Whether go-yaml takes this code point for a line break. */
export function isBreak(char: string): boolean {
  return BREAK.test(char);
}

/**
 * Whether go-yaml writes this code point as it is (yamlprivateh.go: is_printable). Tabs and all beyond the basic plane,
 * such as emoji, are escaped.
 */
export function isPrintable(char: string): boolean {
  return /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/u.test(char);
}

/** Whether a key must be written after "? ", as go-yaml does with long ones and those of several lines. */
export function isComplexKey(text: string): boolean {
  return BREAK.test(text) || new TextEncoder().encode(text).length > 128;
}

/**
 * The style in which go-yaml v2 writes a string (go.yaml.in/yaml/v2: encode.go stringv chooses, emitterc.go corrects).
 * @param isSimpleKey whether it is a key in front of a colon
 */
export function chooseStyle(text: string, isSimpleKey: boolean): YamlStyle {
  const special =
    Array.from(text).some((char) => !isPrintable(char)) || / [\n\r\u0085\u2028\u2029]/.test(text);
  if (text.includes('\n')) return special || isSimpleKey || text.endsWith(' ') ? 'double' : 'literal';
  if (special || !isPlainString(text) || BASE60.test(text)) return 'double';
  if (!BREAK.test(text) && !/^ | $/.test(text) && !STARTS.test(text) && !WITHIN.test(text)) return 'plain';
  // A break is U+2028 or U+2029 here: single quotes hold it if no space follows.
  return (BREAK.test(text) && isSimpleKey) || /[\u2028\u2029] /.test(text) ? 'double' : 'single';
}

// Characters with an escape of their own in double quotes.
const ESCAPES: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** The escape of a code point within double quotes. */
export function escapeOf(char: string): string {
  const own = ESCAPES[char];
  if (own !== undefined) return `\\${own}`;
  const hex = char.codePointAt(0)!.toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
