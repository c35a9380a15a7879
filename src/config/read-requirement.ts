import type { Requirement } from '../policy/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { nestedTrouble } from './nested-trouble.ts';
import { type Path, quote } from './problem.ts';

/** Deepest nesting of a requirement. */
const MAX_REQUIREMENT_DEPTH = 8;

const KINDS = ['anyOf', 'allOf', 'atLeast'] as const;

/**
 * A requirement out of the configuration. What has the wrong shape is passed over: the schema reports it.
 * @param names all names under trust
 * @param report is told of everything else that is wrong, with its place
 * @returns undefined if a part of it cannot be used
 */
export function readRequirement(
  raw: unknown,
  path: Path,
  names: ReadonlySet<string>,
  report: (path: Path, message: string) => void,
  depth = 1,
): Requirement | undefined {
  if (typeof raw === 'string') {
    if (names.has(raw)) return { name: raw };
    const meant = didYouMean(raw, names);
    const hint =
      meant !== undefined
        ? `; did you mean ${quote(meant)}?`
        : names.size === 0
          ? '; no name is defined there'
          : `; allowed: ${[...names].slice(0, 20).join(', ')}`;
    report(path, `found ${quote(raw)}, which is no name under trust${hint}`);
    return undefined;
  }
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return undefined;
  const map = raw as Record<string, unknown>;
  const kinds = KINDS.filter((kind) => Object.hasOwn(map, kind));
  const kind = kinds[0];
  if (kind === undefined || kinds.length > 1) {
    if (kinds.length > 1) report(path, `found ${kinds.join(' and ')} side by side; put one into the other`);
    else if (Object.keys(map).length === 0)
      report(path, `found an empty map; allowed: one of ${KINDS.join(', ')}`);
    return undefined;
  }
  if (depth > MAX_REQUIREMENT_DEPTH) {
    report(path, `found more than ${MAX_REQUIREMENT_DEPTH} levels of requirements; write it flatter`);
    return undefined;
  }

  if (kind !== 'atLeast') {
    const parts = readList(map[kind], [...path, kind]);
    if (parts === undefined) return undefined;
    return kind === 'anyOf' ? { anyOf: parts } : { allOf: parts };
  }
  const body = map.atLeast;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return undefined;
  const { count, of } = body as Record<string, unknown>;
  const parts = readList(of, [...path, 'atLeast', 'of']);
  if (Array.isArray(of) && typeof count === 'number' && count > of.length && of.length > 0) {
    report(
      [...path, 'atLeast', 'count'],
      `found ${count}; allowed: 1 to ${of.length}, as "of" has ${of.length}`,
    );
    return undefined;
  }
  if (parts === undefined || typeof count !== 'number' || !Number.isInteger(count) || count < 1)
    return undefined;
  const trouble = nestedTrouble(parts);
  if (trouble === undefined) return { atLeast: { count, of: parts } };
  report([...path, 'atLeast', 'of'], trouble);
  return undefined;

  function readList(list: unknown, at: Path): Requirement[] | undefined {
    if (!Array.isArray(list)) return undefined;
    const seen = new Set<unknown>();
    const parts: Requirement[] = [];
    let good = list.length > 0;
    for (const [index, item] of list.entries()) {
      if (typeof item === 'string' && seen.has(item)) {
        report([...at, index], `found ${quote(item)} a second time; write each name once`);
        good = false;
      }
      seen.add(item);
      const part = readRequirement(item, [...at, index], names, report, depth + 1);
      if (part === undefined) good = false;
      else parts.push(part);
    }
    return good ? parts : undefined;
  }
}
