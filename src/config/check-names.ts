import type { CheckContext } from './check-context.ts';
import { didYouMean } from './did-you-mean.ts';
import { listOf } from './plain.ts';
import { type Path, quote } from './problem.ts';

/**
 * A list of names that must stand somewhere else in the configuration.
 * @param kind where: "callers"
 * @returns those that do, each once
 */
export function checkNames(
  raw: unknown,
  path: Path,
  known: ReadonlySet<string>,
  kind: string,
  context: Pick<CheckContext, 'report'>,
): string[] {
  const names = new Set<string>();
  for (const [index, text] of listOf(raw).entries()) {
    if (typeof text !== 'string' || text === '') continue;
    if (checkName(text, [...path, index], known, kind, context)) names.add(text);
  }
  return [...names];
}

/** The same for one name. */
export function checkName(
  text: string,
  path: Path,
  known: ReadonlySet<string>,
  kind: string,
  context: Pick<CheckContext, 'report'>,
): boolean {
  if (known.has(text)) return true;
  const meant = didYouMean(text, known);
  const hint =
    meant !== undefined
      ? `; did you mean ${quote(meant)}?`
      : known.size === 0
        ? '; no name is defined there'
        : `; allowed: ${[...known].slice(0, 20).join(', ')}`;
  context.report(path, `found ${quote(text)}, which is no name under ${kind}${hint}`);
  return false;
}
