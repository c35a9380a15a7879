import { MAX_SHOWN_TEXT } from '../base/text.ts';
import type { Report } from './report.ts';

// Characters that are legal in JSON but change how a terminal, a log viewer or an editor shows it.
// The last two are the halves of tag characters (U+E0000 to U+E007F), which are invisible and can spell whole sentences.
const INVISIBLE =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40(?=[\udc00-\udc7f])|(?<=\udb40)[\udc00-\udc7f]/g;
const MAX_JSON_TEXT = 20 * MAX_SHOWN_TEXT;

/**
 * The report as JSON (two spaces, one final newline). Invisible and bidi characters stand as \uXXXX escapes, so that
 * the text reads the same wherever it is shown and parses to the same report.
 */
export function renderJson(report: Report): string {
  return `${toSafeJson(report)}\n`;
}

/**
 * Any value as JSON that holds printable characters only; over-long strings are cut.
 * @param indent spaces; 0 for one line
 */
export function toSafeJson(value: unknown, indent = 2): string {
  const cut = (_key: string, item: unknown) =>
    typeof item === 'string' && item.length > MAX_JSON_TEXT ? `${item.slice(0, MAX_JSON_TEXT)}…` : item;
  // Looking at each value takes several times as long as writing it; a short whole holds no long string.
  const whole = JSON.stringify(value, null, indent);
  return visible(whole.length > MAX_JSON_TEXT ? JSON.stringify(value, cut, indent) : whole);
}

/** As {@link toSafeJson}, on one line and with every string whole: for what programs read and compare. */
export function toWholeJson(value: unknown): string {
  return visible(JSON.stringify(value));
}

function visible(json: string): string {
  return json.replace(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
