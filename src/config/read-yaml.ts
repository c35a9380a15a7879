import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { clean } from '../base/text.ts';
import { type ConfigProblem, formatPath, type Path, quote } from './problem.ts';

/** Longest configuration that is read, in UTF-16 units. */
const MAX_CONFIG_LENGTH = 1024 * 1024;
/** Most `*alias` nodes in a configuration. */
const MAX_ALIASES = 1000;
/** Most values of a configuration, each counted as often as aliases repeat it. */
const MAX_VALUES = 100_000;
/** Deepest nesting of lists and maps, in the text as with aliases written out. */
const MAX_DEPTH = 50;

/** A configuration as plain data, and where in the text its parts stand. */
interface ReadConfigText {
  value: unknown;
  /** Line (from 1) of a field or of the nearest field around it. */
  lineOf(path: Path): number | undefined;
}

/**
 * Reads the YAML of a configuration: YAML 1.2 core schema, one document, no duplicate keys, no merge keys.
 *
 * Aliases are allowed but bounded: a file of a few hundred bytes can stand for billions of values ("billion laughs")
 * and a list can contain itself. Both are refused before anything walks over the values.
 */
export function readConfigYaml(text: string): ReadConfigText | ConfigProblem {
  if (text.length > MAX_CONFIG_LENGTH) {
    return problem(`found ${text.length} characters; allowed are ${MAX_CONFIG_LENGTH}`);
  }
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    const documents = constructFromEvents(events, {
      source: text,
      schema: CORE_SCHEMA,
      maxAliases: MAX_ALIASES,
    });
    if (documents.length > 1) return problem(`found ${documents.length} YAML documents; one is allowed`);
    const value = documents[0];
    if (value === undefined || value === null) return problem('found nothing; the file is empty');
    if (typeof value !== 'object' || Array.isArray(value)) {
      return problem(
        `found ${Array.isArray(value) ? 'a list' : 'a single value'}; allowed: a map of fields, like "policies:"`,
      );
    }
    const excess = measure(value);
    if (excess !== undefined) return problem(excess);
    const lines = lineTable(events, text);
    return {
      value,
      lineOf(path) {
        for (let length = path.length; length > 0; length--) {
          const line = lines.get(formatPath(path.slice(0, length)));
          if (line !== undefined) return line;
        }
        return undefined;
      },
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // The exception's own message has a snippet of the text, which may hold a secret written by mistake.
    return problem(
      `not readable as YAML: ${inOurWords(error, text)}`,
      error.mark === undefined ? undefined : error.mark.line + 1,
    );
  }
}

function inOurWords({ reason, mark }: YAMLException, text: string): string {
  if (reason !== 'duplicated mapping key') return clean(reason);
  const key =
    mark === undefined
      ? undefined
      : /^["']?([\w.-]{1,60})["']?\s*:/.exec(text.slice(mark.position, mark.position + 80))?.[1];
  return `${key === undefined ? 'a key' : `the key ${quote(key)}`} stands twice in one map`;
}

function problem(message: string, line?: number): ConfigProblem {
  return { path: '', message, code: 'config.invalid', ...(line === undefined ? {} : { line }) };
}

// Every value is measured once, however many aliases lead to it, so measuring itself cannot blow up; and it does not
// go deeper than is allowed, so it cannot exhaust the stack.
function measure(root: unknown): string | undefined {
  const tooDeep = `found lists and maps nested deeper than ${MAX_DEPTH} levels once aliases are written out`;
  const known = new Map<object, { values: number; depth: number } | 'open'>();
  try {
    const { values, depth } = size(root, 0);
    if (values > MAX_VALUES) return `found more than ${MAX_VALUES} values once aliases are written out`;
    return depth > MAX_DEPTH ? tooDeep : undefined;
  } catch (error) {
    if (error === CYCLE) return 'found an alias to a list or map that contains it';
    if (error === TOO_DEEP) return tooDeep;
    throw error;
  }

  function size(value: unknown, level: number): { values: number; depth: number } {
    if (value === null || typeof value !== 'object') return { values: 1, depth: 0 };
    const before = known.get(value);
    if (before === 'open') throw CYCLE;
    if (before !== undefined) return before;
    if (level > MAX_DEPTH) throw TOO_DEEP;
    known.set(value, 'open');
    const sum = { values: 1, depth: 1 };
    for (const part of Array.isArray(value) ? value : Object.values(value)) {
      const inner = size(part, level + 1);
      sum.values += inner.values;
      sum.depth = Math.max(sum.depth, inner.depth + 1);
    }
    known.set(value, sum);
    return sum;
  }
}

const CYCLE = Symbol('cycle');
const TOO_DEEP = Symbol('too deep');

// Lines by path, read from the same events as the values: for an entry of a map the line of its key, for an item of a
// list the line where it begins.
function lineTable(events: readonly Event[], text: string): Map<string, number> {
  const starts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  const lines = new Map<string, number>();
  const open: { map: boolean; path: Path; key: string | undefined; index: number }[] = [];

  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const around = open.at(-1);
    let path: Path = [];
    if (around !== undefined) {
      if (around.map && around.key === undefined) {
        // Keys that are no scalars are refused while constructing or become unknown keys without a line.
        around.key = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : '';
        note([...around.path, around.key], position(event));
        if (event.type === EVENT_ID.SCALAR || event.type === EVENT_ID.ALIAS) continue;
        path = [...around.path, around.key];
      } else if (around.map) {
        path = [...around.path, around.key ?? ''];
        around.key = undefined;
      } else {
        path = [...around.path, around.index++];
        note(path, position(event));
      }
    }
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) {
      open.push({ map: event.type === EVENT_ID.MAPPING, path, key: undefined, index: 0 });
    }
  }
  return lines;

  function note(path: Path, at: number): void {
    if (at < 0) return;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    lines.set(formatPath(path), low + 1);
  }
}

function position(event: Event): number {
  if ('valueStart' in event && event.valueStart >= 0) return event.valueStart;
  if ('start' in event && event.start >= 0) return event.start;
  if ('anchorStart' in event) return event.anchorStart;
  return -1;
}
