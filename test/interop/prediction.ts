import type { Report } from './chartseal.ts';
import { errorWords } from './helm.ts';
import { NOTHING, type TableRow } from './reporter.ts';
import type { Result } from './run.ts';
import type { HelmVersion } from './tools.ts';

/** The entry of `clients` that speaks of a version. */
const RANGES: Record<HelmVersion, string> = { '3.21.3': '<=3.21.3', '3.21.4': '>=3.21.4 <4', '4.2.4': '>=4' };

/** What a report predicts of a Helm version beside what that Helm did, word for word. */
export function compare(
  where: { registry: string; case: string },
  version: HelmVersion,
  result: Result,
  report: Report,
): TableRow {
  const real = result.code === 0 ? 'accept' : `refuse: ${errorWords(result)}`;
  const entry = report.clients.find(
    ({ client, versions }) => client === 'helm' && versions === RANGES[version],
  );
  const predicted = !entry
    ? NOTHING
    : entry.outcome === 'accept'
      ? 'accept'
      : `refuse: ${(entry.message ?? '').replace(/\s*\n\s*/g, ' ').trim()}`;
  return { ...where, client: `helm ${version}`, predicted, real, agrees: predicted === real };
}
