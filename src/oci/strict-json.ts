const MAX_DEPTH = 32;

/**
 * `JSON.parse` that refuses what two readers may read differently: a key twice in one object, also in another case
 * (Go matches keys without regard to case, and the last one wins), and nesting deeper than any manifest has.
 * @throws SyntaxError
 */
export function strictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseRepeatedKeys(text);
  return value;
}

// The text is valid JSON already, so strings and braces are all there is to look at.
function refuseRepeatedKeys(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found, colon] = match;
    if (found === '{' || found === '[') {
      if (open.length >= MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH}`);
      open.push(found === '{' ? new Set() : undefined);
    } else if (found === '}' || found === ']') {
      open.pop();
    } else if (colon !== undefined) {
      addKey(open.at(-1), found.slice(0, found.length - colon.length));
    }
  }
}

function addKey(keys: Set<string> | undefined, quoted: string): void {
  const key: string = JSON.parse(quoted);
  const folded = key.toLowerCase();
  if (keys?.has(folded)) throw new SyntaxError(`key ${JSON.stringify(key)} stands twice in one object`);
  keys?.add(folded);
}
