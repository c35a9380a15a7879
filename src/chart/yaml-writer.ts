import { chooseStyle, escapeOf, isBreak, isPrintable } from './yaml-text.ts';

/** Where go-yaml begins to look for a space to break the line at, in code points. */
const WIDTH = 80;

/**
 * Writes YAML the way go-yaml v2's emitter does (go.yaml.in/yaml/v2: emitterc.go), to the byte. Its line breaks depend on
 * three things that this class keeps: the column, whether the last thing written was white space, and whether
 * nothing but indentation is on the line yet. Its life is that of one document.
 */
export class YamlWriter {
  text = '';
  #column = 0;
  #afterSpace = true;
  #indentOnly = true;

  /** Nothing but indentation and indicators such as "- " stand on the line. */
  get indentOnly(): boolean {
    return this.#indentOnly;
  }

  /** Goes to a column, on a new line unless this one is free up to there. */
  indent(to: number): void {
    const isPast = this.#column > to || (this.#column === to && !this.#afterSpace);
    if (!this.#indentOnly || isPast) this.#break('\n');
    if (this.#column < to) this.#put(' '.repeat(to - this.#column));
    this.#afterSpace = true;
    this.#indentOnly = true;
  }

  /**
   * @param spaced whether a space must stand before it
   * @param indents whether it counts as indentation: "-", "?" and the ":" after the latter
   */
  indicator(mark: string, spaced: boolean, indents: boolean): void {
    if (spaced && !this.#afterSpace) this.#put(' ');
    this.#put(mark);
    this.#afterSpace = false;
    this.#indentOnly &&= indents;
  }

  /** Text that never needs quotes: numbers, booleans, null. */
  bare(text: string): void {
    this.indicator(text, true, false);
  }

  /**
   * @param at where its further lines begin
   * @param isSimpleKey a key in front of a colon, which stays on one line
   */
  string(text: string, at: number, isSimpleKey: boolean): void {
    const style = chooseStyle(text, isSimpleKey);
    const chars = Array.from(text);
    if (style === 'literal') {
      this.#literal(chars, at);
      return;
    }
    if (style === 'plain') {
      if (!this.#afterSpace) this.#put(' ');
      this.#flow(chars, at, !isSimpleKey);
    } else if (style === 'single') {
      this.indicator("'", true, false);
      this.#flow(
        chars.map((char) => (char === "'" ? "''" : char)),
        at,
        !isSimpleKey,
      );
      this.indicator("'", false, false);
    } else {
      this.indicator('"', true, false);
      this.#double(chars, at, !isSimpleKey);
      this.indicator('"', false, false);
    }
    this.#afterSpace = false;
    this.#indentOnly = false;
  }

  /** Plain and single-quoted text: a single space past the width becomes a line break. */
  #flow(chars: string[], at: number, mayFold: boolean): void {
    let wasBreak = false;
    for (const [i, char] of chars.entries()) {
      if (char === ' ') {
        const alone = chars[i - 1] !== ' ' && chars[i + 1] !== ' ';
        if (mayFold && alone && this.#column > WIDTH && i > 0 && i < chars.length - 1) this.indent(at);
        else this.#put(char);
      } else if (isBreak(char)) {
        this.#break(char);
        this.#indentOnly = true;
        wasBreak = true;
      } else {
        if (wasBreak) this.indent(at);
        this.#put(char);
        this.#indentOnly = false;
        wasBreak = false;
      }
    }
  }

  /** Double-quoted text: the first of several spaces may become a line break too, the second is escaped then. */
  #double(chars: string[], at: number, mayFold: boolean): void {
    // go-yaml looks for the byte order mark at the start of the text whatever character it is at (is_bom).
    const escapeAll = chars[0] === '\ufeff';
    let wasSpace = false;
    for (const [i, char] of chars.entries()) {
      if (escapeAll || !isPrintable(char) || isBreak(char) || char === '"' || char === '\\') {
        this.#put(escapeOf(char));
        wasSpace = false;
        continue;
      }
      const isSpace = char === ' ';
      if (isSpace && mayFold && !wasSpace && this.#column > WIDTH && i > 0 && i < chars.length - 1) {
        this.indent(at);
        if (chars[i + 1] === ' ') this.#put('\\');
      } else {
        this.#put(char);
      }
      wasSpace = isSpace;
    }
  }

  #literal(chars: string[], at: number): void {
    this.indicator('|', true, false);
    // The indentation is said where the text itself begins with white space.
    if (chars[0] === ' ' || isBreak(chars[0]!)) this.indicator('2', false, false);
    // Whether the text ends without a line break or with several.
    if (!isBreak(chars.at(-1)!)) this.indicator('-', false, false);
    else if (chars.length === 1 || isBreak(chars.at(-2)!)) this.indicator('+', false, false);
    this.#break('\n');
    this.#afterSpace = true;
    this.#indentOnly = true;
    let wasBreak = true;
    for (const char of chars) {
      if (isBreak(char)) {
        this.#break(char);
        this.#indentOnly = true;
        wasBreak = true;
      } else {
        if (wasBreak) this.indent(at);
        this.#put(char);
        this.#indentOnly = false;
        wasBreak = false;
      }
    }
  }

  #put(text: string): void {
    this.text += text;
    // All but single characters are ASCII.
    this.#column += text.length === 2 && text.codePointAt(0)! > 0xffff ? 1 : text.length;
  }

  #break(char: string): void {
    this.text += char;
    this.#column = 0;
  }
}
