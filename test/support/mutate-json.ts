/** JSON whose objects are lists of members, so that a name can stand there twice. */
type Node = { members: [string, Node][] } | { items: Node[] } | { value: unknown };

/** One JSON text with one thing changed. */
export interface JsonMutant {
  /** What was done, and where. */
  label: string;
  text: string;
  /** A name stands there twice. */
  isDuplicate?: boolean;
}

/**
 * Every change of one field of a JSON document: left out, there twice (before, after, the same again), of another
 * type, called otherwise, empty; items of arrays removed, repeated and turned round.
 * @param evilFor a harmful other value of the same kind, for a path like `/layers/0/digest`
 */
export function mutateJson(text: string, evilFor: (path: string, value: unknown) => unknown): JsonMutant[] {
  const document = JSON.parse(text);
  const mutants: JsonMutant[] = [];
  const add = (label: string, path: string[], change: (at: Place) => void, isDuplicate = false) => {
    const root: Place = { node: toNode(document), owner: undefined, index: 0 };
    change(path.reduce(step, root));
    mutants.push({ label, text: write(root.node), ...(isDuplicate ? { isDuplicate } : {}) });
  };
  for (const { path, value } of walk(document)) {
    const shown = `/${path.join('/')}`;
    const evil = evilFor(shown, value);
    for (const [kind, other] of otherValues(value)) {
      add(`${shown} as ${kind}`, path, (at) => replace(at, { value: other }));
    }
    add(`${shown} as ${JSON.stringify(evil)}`, path, (at) => replace(at, { value: evil }));
    add(`${shown} left out`, path, ({ owner, index }) => list(owner).splice(index, 1));
    if (/^\d+$/.test(path.at(-1) ?? '')) {
      add(`${shown} there twice`, path, ({ owner, index, node }) => list(owner).splice(index, 0, node));
      add(`${shown} last`, path, ({ owner, index }) => list(owner).push(...list(owner).splice(index, 1)));
      continue;
    }
    const name = path.at(-1) ?? '';
    const insert = (at: Place, where: number, key: string, node: Node) =>
      (list(at.owner) as [string, Node][]).splice(at.index + where, 0, [key, node]);
    add(`${shown} there twice, the same`, path, (at) => insert(at, 1, name, at.node), true);
    add(`${shown} there twice, evil first`, path, (at) => insert(at, 0, name, { value: evil }), true);
    add(`${shown} there twice, evil last`, path, (at) => insert(at, 1, name, { value: evil }), true);
    for (const other of new Set([name.toUpperCase(), `${name[0]?.toUpperCase()}${name.slice(1)}`])) {
      add(`${shown} also as ${other}, evil`, path, (at) => insert(at, 1, other, { value: evil }), true);
      add(`${shown} called ${other}`, path, (at) => {
        (list(at.owner) as [string, Node][])[at.index] = [other, at.node];
      });
    }
  }
  return mutants;
}

interface Place {
  node: Node;
  owner: Node | undefined;
  index: number;
}

function list(owner: Node | undefined): unknown[] {
  if (owner !== undefined && 'members' in owner) return owner.members;
  if (owner !== undefined && 'items' in owner) return owner.items;
  throw new Error('a value has no parts');
}

function step({ node }: Place, name: string): Place {
  if ('members' in node) {
    const index = node.members.findIndex(([key]) => key === name);
    return { node: node.members[index]![1], owner: node, index };
  }
  return { node: (list(node) as Node[])[Number(name)]!, owner: node, index: Number(name) };
}

function replace({ owner, index }: Place, node: Node): void {
  if (owner !== undefined && 'members' in owner) owner.members[index]![1] = node;
  else list(owner)[index] = node;
}

function toNode(value: unknown): Node {
  if (Array.isArray(value)) return { items: value.map(toNode) };
  if (typeof value !== 'object' || value === null) return { value };
  return { members: Object.entries(value).map(([key, item]) => [key, toNode(item)]) };
}

function write(node: Node): string {
  if ('items' in node) return `[${node.items.map(write).join(',')}]`;
  if ('members' in node) {
    return `{${node.members.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(',')}}`;
  }
  return JSON.stringify(node.value);
}

/** All fields, the document itself left out. */
function walk(value: unknown, path: string[] = []): { path: string[]; value: unknown }[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, item]) => walk(item, [...path, key]))
      : [];
  return path.length === 0 ? inner : [{ path, value }, ...inner];
}

function otherValues(value: unknown): [string, unknown][] {
  const others: [string, unknown][] = [
    ['null', null],
    ['true', true],
    ['an empty text', ''],
    ['a number', 1],
    ['an empty array', []],
    ['an empty object', {}],
    ['an array of it', [value]],
    ['an object of it', { value }],
  ];
  if (typeof value === 'number') others.push(['a text of it', String(value)], ['a fraction', value + 0.5]);
  if (typeof value === 'number') others.push(['negative', -value], ['huge', 1e300], ['one more', value + 1]);
  if (typeof value === 'string') {
    others.push(
      ['upper case', value.toUpperCase()],
      ['cut', value.slice(0, -1)],
      ['with a blank', `${value} `],
    );
    others.push(['with a NUL', `${value}\u0000`], ['twice', value + value]);
  }
  return others;
}
