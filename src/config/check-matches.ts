import type { CheckContext } from './check-context.ts';
import { checkMatch } from './check-match.ts';
import { listOf } from './plain.ts';
import type { Path } from './problem.ts';

/** The globs of a `match` or `repositories`, normalised and each once; undefined if one can never match. */
export function checkMatches(
  raw: unknown,
  path: Path,
  context: Pick<CheckContext, 'report'>,
): string[] | undefined {
  const globs = new Set<string>();
  let good = true;
  for (const [index, text] of listOf(raw).entries()) {
    if (typeof text !== 'string' || text === '') continue;
    const checked = checkMatch(text);
    if ('problem' in checked) {
      context.report([...path, index], checked.problem);
      good = false;
    } else globs.add(checked.glob);
  }
  return good ? [...globs] : undefined;
}
