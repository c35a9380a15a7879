const MAX_DEPTH = 32;

interface OpenObject {
  keys: Set<string>;
  /** Annotations are a map in Go too, where keys of different case are different keys. */
  exact: boolean;
  lastKey: string;
}

/**
 * `JSON.parse` that refuses what two readers may read differently: a key twice in one object, outside of annotations
 * also in another case (Go matches the keys it knows without regard to case, and the last one wins), and nesting
 * deeper than any manifest has.
 * @throws SyntaxError
 */
export function strictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseRepeatedKeys(text);
  return value;
}

// The text is valid JSON already, so strings and brackets are all there is to look at.
function refuseRepeatedKeys(text: string): void {
  const open: (OpenObject | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found, colon] = match;
    const inside = open.at(-1);
    if (found === '{') {
      open.push({ keys: new Set(), exact: inside?.lastKey === 'annotations', lastKey: '' });
    } else if (found === '[') {
      open.push(undefined);
    } else if (found === '}' || found === ']') {
      open.pop();
    } else if (colon !== undefined && inside !== undefined) {
      addKey(inside, JSON.parse(found.slice(0, found.length - colon.length)));
    }
    if (open.length > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH}`);
  }
}

function addKey(object: OpenObject, key: string): void {
  // Both ways round, as Go folds the Kelvin sign and the long s too.
  const folded = object.exact ? key : key.toUpperCase().toLowerCase();
  if (object.keys.has(folded)) throw new SyntaxError(`key ${JSON.stringify(key)} stands twice in one object`);
  object.keys.add(folded);
  object.lastKey = key;
}
