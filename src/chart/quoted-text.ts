import type { Event, ScalarEvent } from 'js-yaml';
import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import { YamlError } from './yaml-error.ts';

/**
 * Line and paragraph separators end lines in YAML 1.1, which go-yaml v2 reads, and are letters like others in YAML 1.2,
 * which the parser below us reads: after one, a comment is over and a key may begin. So they are taken in quotes only,
 * where both agree on what is a scalar and only white space differs.
 */
export const SEPARATORS_OUTSIDE = 'yaml: line or paragraph separator (U+2028, U+2029) outside of quotes';

const FOLDED = /[ \t\r\n]*[\u2028\u2029][ \t\r\n\u2028\u2029]*/g;

export function countSeparators(text: string): number {
  return text.match(/[\u2028\u2029]/g)?.length ?? 0;
}

export function isQuoted(event: ScalarEvent): boolean {
  return event.style === SCALAR_STYLE.DOUBLE_QUOTED || event.style === SCALAR_STYLE.SINGLE_QUOTED;
}

/**
 * The text of a quoted scalar as go-yaml v2 reads it (go.yaml.in/yaml/v2: scannerc.go): no `\ud83d\ude00`, which JSON
 * allows, neither a half nor the pair, and no code point beyond U+10FFFF; white space around line and paragraph separators folded.
 * @throws YamlError
 */
export function quotedText(source: string, event: ScalarEvent, line: number): string {
  const quoted = source.slice(event.valueStart, event.valueEnd);
  const isDouble = event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const bare = isDouble ? quoted.replaceAll('\\\\', '') : '';
  if (/\\(?:(?:u|U0000)[dD][89a-fA-F]|U(?!000|0010))/.test(bare)) {
    throw new YamlError('syntax', `yaml: line ${line}: found invalid Unicode character escape code`, line);
  }
  if (countSeparators(quoted) === 0) return getScalarValue(source, event);
  if (/\\[\r\n\u2028\u2029]/.test(bare)) throw new YamlError('syntax', SEPARATORS_OUTSIDE, line);
  const quote = isDouble ? '"' : "'";
  const text = quote + quoted.replace(FOLDED, fold) + quote;
  const scalar = parseEvents(text, {}).find((one: Event) => one.type === EVENT_ID.SCALAR) as ScalarEvent;
  return getScalarValue(text, scalar);
}

/** A first break that is a line feed goes, or is a space if alone; each other one stays. */
function fold(run: string): string {
  const breaks = run.replace(/\r\n?/g, '\n').replace(/[ \t]/g, '');
  const kept = breaks.startsWith('\n') ? breaks.slice(1) : breaks;
  // The parser takes one line feed from each run of them.
  return kept.replace(/\n+/g, '$&\n');
}
