import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { composeYaml, type YamlNode } from './compose-yaml.ts';
import { formatFloat32 } from './format-float32.ts';
import { resolveScalar, type YamlScalar } from './resolve-scalar.ts';
import { YamlError } from './yaml-error.ts';
import { yamlWords } from './yaml-words.ts';

/** A YAML value as JSON would hold it. Integers are bigints, floats numbers; mappings have no prototype. */
export type YamlValue = YamlScalar | YamlValue[] | { [key: string]: YamlValue };

/** How much YAML is read; what exceeds it throws a `YamlError` of kind `limit`. */
interface YamlLimits {
  /** UTF-16 units of the text. */
  characters: number;
  /** Nesting of collections, aliases followed. */
  depth: number;
  /** Scalars, sequences and mappings after aliases and merge keys are followed. */
  nodes: number;
  /** UTF-16 units of all scalars after aliases are followed. */
  expandedCharacters: number;
}

const DEFAULT_YAML_LIMITS: YamlLimits = {
  characters: 1024 * 1024,
  depth: 100,
  nodes: 100_000,
  expandedCharacters: 4 * 1024 * 1024,
};

interface YamlOptions {
  /** `last` (default, as Helm reads): the last of equal keys counts. `reject`: equal keys in one mapping are an error. */
  duplicates?: 'reject' | 'last';
  limits?: Partial<YamlLimits>;
}

/**
 * Reads the first document of a YAML text as go-yaml v2 does for a value without a type (YAML 1.1: `on`, `yes` and `y`
 * are booleans, `0777` is octal), and makes the keys strings as sigs.k8s.io/yaml does. Further documents are not looked
 * at, as by yaml.Unmarshal. A byte order mark at the start is skipped. An empty document is null.
 * @throws YamlError
 */
export function readYaml(text: string, options: YamlOptions = {}): YamlValue {
  const limits = { ...DEFAULT_YAML_LIMITS, ...options.limits };
  if (text.length > limits.characters) {
    throw new YamlError('limit', `yaml: document is longer than ${limits.characters} characters`);
  }
  // To YAML 1.1 U+0085 is a line feed wherever it stands.
  const source = firstDocument(text.replaceAll('\u0085', '\n'));
  const root = composeYaml(source, parse(source, limits.depth));
  if (root === undefined) return null;
  return new Decoder(limits, options.duplicates ?? 'last').decode(root);
}

// What go-yaml refuses (readerc.go) and the parser below lets pass.
const REFUSED = /[\u007f-\u009f\ufffe\uffff]/;

function parse(source: string, maxDepth: number): Event[] {
  if (REFUSED.test(source)) throw new YamlError('syntax', 'yaml: control characters are not allowed');
  try {
    return parseEvents(source, { maxDepth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw yamlWords(error, source);
  }
}

/**
 * The text of the first document. go-yaml stops reading there, so an error in a later one must not surface. A line
 * that begins with a marker ends a document wherever it stands, even within scalars (YAML 1.1, §4.3.1).
 */
function firstDocument(text: string): string {
  let begun = false;
  for (const match of text.matchAll(/^.*$/gm)) {
    const line = match[0];
    if (/^(---|\.\.\.)(\s|$)/.test(line)) {
      if (begun) return text.slice(0, match.index);
      begun = line.startsWith('---');
    } else if (!begun && !/^\s*(#|$)|^%/.test(line)) {
      begun = true;
    }
  }
  return text;
}

/** Builds values from nodes, counting what aliases make of them. Lives for one document. */
class Decoder {
  readonly #limits: YamlLimits;
  readonly #duplicates: 'reject' | 'last';
  readonly #following = new Set<YamlNode>();
  #nodes = 0;
  #characters = 0;
  #depth = 0;

  constructor(limits: YamlLimits, duplicates: 'reject' | 'last') {
    this.#limits = limits;
    this.#duplicates = duplicates;
  }

  decode(node: YamlNode): YamlValue {
    this.#count(node);
    switch (node.kind) {
      case 'scalar':
        return this.#scalar(node);
      case 'alias':
        return this.#follow(node, (target) => this.decode(target));
      case 'sequence':
        return this.#nested(() => node.children.map((child) => this.decode(child)));
      case 'mapping':
        return this.#nested(() => {
          const into: { [key: string]: YamlValue } = Object.create(null);
          this.#mapping(node, into);
          return into;
        });
    }
  }

  #count(node: YamlNode): void {
    this.#nodes++;
    if (node.kind === 'scalar') this.#characters += node.text.length;
    // go-yaml's words; its own bound is a ratio of alias-made nodes to all, ours is absolute.
    if (this.#nodes > this.#limits.nodes || this.#characters > this.#limits.expandedCharacters) {
      throw new YamlError('limit', 'yaml: document contains excessive aliasing', node.line);
    }
  }

  #nested<T>(work: () => T): T {
    if (++this.#depth > this.#limits.depth) {
      throw new YamlError('limit', `yaml: exceeded max depth of ${this.#limits.depth}`);
    }
    const value = work();
    this.#depth--;
    return value;
  }

  #follow<T>(node: YamlNode & { kind: 'alias' }, work: (target: YamlNode) => T): T {
    if (this.#following.has(node)) {
      throw new YamlError('syntax', `yaml: anchor '${node.name}' value contains itself`, node.line);
    }
    this.#following.add(node);
    const value = work(node.target);
    this.#following.delete(node);
    return value;
  }

  #scalar(node: YamlNode & { kind: 'scalar' }): YamlScalar {
    if (node.tag === '' && !node.plain) return node.text;
    const { value, problem } = resolveScalar(node.tag, node.text);
    if (problem !== undefined) throw new YamlError('syntax', `yaml: ${problem}`, node.line);
    return value ?? null;
  }

  #mapping(node: YamlNode & { kind: 'mapping' }, into: { [key: string]: YamlValue }): void {
    for (let i = 0; i + 1 < node.children.length; i += 2) {
      const key = node.children[i]!;
      const value = node.children[i + 1]!;
      if (isMerge(key)) {
        this.#merge(value, into);
        continue;
      }
      const name = keyText(this.decode(key), key.line);
      const built = this.decode(value);
      if (this.#duplicates === 'reject' && name in into) {
        throw new YamlError(
          'duplicate',
          `yaml: unmarshal errors:\n  line ${value.line}: key ${JSON.stringify(name)} already set in map`,
          value.line,
        );
      }
      into[name] = built;
    }
  }

  // As in go-yaml v2, merged keys are written where the merge stands: they replace keys before it and are replaced by
  // keys after it, other than the YAML 1.1 merge type says.
  #merge(node: YamlNode, into: { [key: string]: YamlValue }): void {
    const one = (source: YamlNode): void => {
      this.#count(source);
      if (source.kind === 'alias' && source.target.kind === 'mapping') {
        const target = source.target;
        this.#follow(source, () => this.#nested(() => this.#mapping(target, into)));
      } else if (source.kind === 'mapping') {
        this.#nested(() => this.#mapping(source, into));
      } else {
        throw new YamlError(
          'syntax',
          'yaml: map merge requires map or sequence of maps as the value',
          source.line,
        );
      }
    };
    if (node.kind === 'sequence') {
      for (const child of node.children.toReversed()) one(child);
    } else {
      one(node);
    }
  }
}

function isMerge(node: YamlNode): boolean {
  if (node.kind !== 'scalar' || node.text !== '<<') return false;
  return node.tag === '' ? node.plain : node.tag === 'tag:yaml.org,2002:merge';
}

/** The key as sigs.k8s.io/yaml makes a string of it (its convertToJSONableObject). */
function keyText(key: YamlValue, line: number): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean') return String(key);
  if (typeof key === 'bigint' && key <= 9223372036854775807n) return String(key);
  if (typeof key === 'number') return Number.isNaN(key) ? '.nan' : formatKeyFloat(key);
  if (key !== null && typeof key === 'object') throw new YamlError('syntax', 'yaml: invalid map key', line);
  throw new YamlError('syntax', `unsupported map key: ${key === null ? 'null' : String(key)}`, line);
}

function formatKeyFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return formatFloat32(value);
}
