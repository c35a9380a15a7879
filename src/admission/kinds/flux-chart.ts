import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { field, type Segments } from './fields.ts';
import { joinReference, nameChart } from './name-chart.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type ObjectRef, refersTo, unresolved } from './use.ts';

export const FLUX_SOURCES = 'source.toolkit.fluxcd.io';

const NO_FIELD = 'a chart of a HelmRepository is asked for by version only';

/**
 * A chart out of a source of Flux, as HelmChart and HelmRelease name it: `chart`, `version` and
 * `sourceRef { kind, name, namespace }` (source-controller v1.9.3 api/v1/helmchart_types.go).
 * @param namespace in which the source is looked for unless it names another
 */
export function readFluxChart(spec: unknown, segments: Segments, namespace: string | undefined): ChartUse[] {
  const read = readTexts(spec, segments, ['chart', 'version']);
  if (!read.ok) return [read.use];
  const source = readTexts(
    field(spec, 'sourceRef'),
    [...segments, 'sourceRef'],
    ['kind', 'name', 'namespace'],
  );
  if (!source.ok) return [source.use];
  const { kind, name } = source.texts;
  const content = [read.texts, source.texts];
  if (kind === 'GitRepository') return [notOci(segments, 'git', `GitRepository ${clean(name)}`, content)];
  if (kind === 'Bucket') return [notOci(segments, 'bucket', `Bucket ${clean(name)}`, content)];
  if (kind !== 'HelmRepository' || name === '') {
    const why = `sourceRef names "${clean(kind)}" "${clean(name)}"`;
    return [unresolved([...segments, 'sourceRef'], 'unknown', why, content)];
  }
  const target = fluxSource('HelmRepository', source.texts.namespace || namespace, name);
  return [refersTo(segments, target, { chart: read.texts.chart, version: read.texts.version })];
}

/** The chart of that name in a HelmRepository. */
export function inHelmRepository(
  repository: unknown,
  { chart, version }: { chart: string; version: string },
  segments: Segments,
): ChartUse {
  const read = readTexts(field(repository, 'spec'), ['spec'], ['type', 'url']);
  if (!read.ok) return unresolved(segments, 'invalid', `its HelmRepository: ${read.use.why}`);
  const { type, url } = read.texts;
  const isOci = url.startsWith('oci://');
  // The controller goes by the type and fails when the url is of the other kind (helmchart_controller.go).
  if (type === 'oci' && isOci) {
    return nameChart({
      segments,
      reference: joinReference(url, chart),
      dialect: 'flux-chart',
      version,
      pin: { why: NO_FIELD },
    });
  }
  if ((type === '' || type === 'default') && !isOci)
    return notOci(segments, 'http', `${clean(chart)} in ${shownUrl(url)}`, [url, chart, version]);
  return unresolved(
    segments,
    'invalid',
    `its HelmRepository has the type "${clean(type)}" and the url "${shownUrl(url)}"`,
  );
}

/** An object of Flux's source-controller. */
export function fluxSource(kind: string, namespace: string | undefined, name: string): ObjectRef {
  return { group: FLUX_SOURCES, kind, namespace, name };
}
