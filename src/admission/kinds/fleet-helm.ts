import { isObject } from '../../base/is-object.ts';
import { shownUrl } from '../shown-url.ts';
import { describePath, field, type Segments } from './fields.ts';
import { nameChart } from './name-chart.ts';
import { readList } from './read-list.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, type Dialect, notOci, type Pin, unresolved } from './use.ts';

const PIN: Pin = { why: 'Fleet takes a version only' };

/**
 * `helm { repo, chart, version }` of Fleet where the chart is downloaded (rancher/fleet
 * internal/bundlereader/charturl.go isOCIChart): a `repo` with `oci://` is the whole repository; a `chart` with
 * `oci://` counts only without `repo`.
 * @param base the same of the bundle, of which a target takes what it leaves empty
 */
export function readFleetHelm(
  helm: unknown,
  segments: Segments,
  dialect: Dialect,
  base?: unknown,
): ChartUse[] {
  const read = readTexts(helm, segments, ['repo', 'chart', 'version']);
  if (!read.ok) return [read.use];
  const under = readTexts(base, segments, ['repo', 'chart', 'version']);
  if (!under.ok) return [];
  const repo = read.texts.repo || under.texts.repo;
  const chart = read.texts.chart || under.texts.chart;
  const version = read.texts.version || under.texts.version;
  if (repo.startsWith('oci://')) {
    return [
      nameChart({ segments, reference: repo, takesTag: dialect === 'helm', dialect, version, pin: PIN }),
    ];
  }
  if (repo === '' && chart.startsWith('oci://')) {
    return [nameChart({ segments, reference: chart, takesTag: true, dialect: 'helm', version, pin: PIN })];
  }
  if (repo === '' && chart === '') {
    return [unresolved(segments, 'invalid', `${describePath(segments)} names neither repo nor chart`)];
  }
  return [
    notOci(segments, 'http', repo === '' ? shownUrl(chart) : `${shownUrl(chart)} in ${shownUrl(repo)}`, {
      repo,
      chart,
      version,
    }),
  ];
}

/** What each of `spec.targets` asks for instead of the bundle's own `helm`. */
export function readFleetTargets(spec: unknown, dialect: Dialect): ChartUse[] {
  return readList(spec, ['spec'], 'targets', (target, at) => {
    const helm = field(target, 'helm') ?? undefined;
    if (helm === undefined) return [];
    const asks = !isObject(helm) || ['repo', 'chart', 'version'].some((name) => field(helm, name));
    return asks ? readFleetHelm(helm, [...at, 'helm'], dialect, field(spec, 'helm')) : [];
  });
}
