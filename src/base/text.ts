/** Longest piece of foreign text that is shown, in UTF-16 units. */
export const MAX_SHOWN_TEXT = 200;

// C0 and C1 controls, DEL, line and paragraph separators, bidi embeddings, overrides, isolates and marks, zero-width
// and invisible format characters, the byte order mark, tag characters, lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/**
 * Foreign text (from a chart, a key, a registry) made safe to stand in any message, log line or report: control,
 * bidi and invisible characters become visible escapes, long text is cut.
 * @param text anything; not a string is turned into one
 * @param max longest result before the cut mark, in UTF-16 units
 */
export function clean(text: unknown, max: number = MAX_SHOWN_TEXT): string {
  const whole = typeof text === 'string' ? text : String(text);
  const cut = whole.length > max ? `${whole.slice(0, max)}…` : whole;
  return cut.replace(UNSAFE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
