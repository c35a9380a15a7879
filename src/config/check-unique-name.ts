import type { CheckContext } from './check-context.ts';
import { formatPath, type Path, quote } from './problem.ts';

/** Reports a name that an entry before has already. @param seen names so far, with their places */
export function checkUniqueName(
  raw: unknown,
  path: Path,
  seen: Map<string, Path>,
  context: Pick<CheckContext, 'report'>,
): void {
  if (typeof raw !== 'string') return;
  const first = seen.get(raw);
  if (first === undefined) seen.set(raw, path);
  else context.report(path, `found ${quote(raw)} a second time; ${formatPath(first)} has it already`);
}
