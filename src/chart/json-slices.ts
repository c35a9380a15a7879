/** A value of a JSON text and where it stands. */
export interface JsonSlice {
  /** Of a member of an object; '' of an element of an array. */
  key: string;
  start: number;
  /** Index after the value. */
  end: number;
}

/**
 * The members of the object, or elements of the array, that begins at an index of a JSON text. With this a text can be
 * changed in one place and stay as it is, to the byte, everywhere else.
 * @param text valid JSON (JSON.parse takes it)
 * @param at index of the opening bracket
 */
export function sliceJson(text: string, at: number): JsonSlice[] {
  const slices: JsonSlice[] = [];
  const isObject = text[at] === '{';
  let position = skipSpace(text, at + 1);
  while (text[position] !== '}' && text[position] !== ']') {
    let key = '';
    if (isObject) {
      const end = skipString(text, position);
      key = JSON.parse(text.slice(position, end)) as string;
      position = skipSpace(text, skipSpace(text, end) + 1);
    }
    const start = position;
    const end = skipValue(text, start);
    slices.push({ key, start, end });
    position = skipSpace(text, end);
    if (text[position] === ',') position = skipSpace(text, position + 1);
  }
  return slices;
}

/** Index of the first character that is no white space. */
export function skipSpace(text: string, at: number): number {
  let position = at;
  while (position < text.length && ' \t\n\r'.includes(text[position]!)) position++;
  return position;
}

function skipString(text: string, at: number): number {
  let position = at + 1;
  while (text[position] !== '"') position += text[position] === '\\' ? 2 : 1;
  return position + 1;
}

function skipValue(text: string, at: number): number {
  let depth = 0;
  let position = at;
  do {
    const char = text[position]!;
    if (char === '"') {
      position = skipString(text, position);
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    position++;
    // A number or a word goes on up to what ends it.
    if (depth === 0 && !'}]'.includes(char)) {
      while (position < text.length && !' \t\n\r,}]'.includes(text[position]!)) position++;
    }
  } while (depth > 0);
  return position;
}
