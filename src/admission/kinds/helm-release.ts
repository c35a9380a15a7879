import { clean } from '../../base/text.ts';
import { field } from './fields.ts';
import { fluxSource, readFluxChart } from './flux-chart.ts';
import type { Kind } from './kind.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, refersTo, unresolved } from './use.ts';

/** HelmRelease of Flux: `spec.chart` (a chart of a source) or `spec.chartRef` (another object that holds the chart). */
export const helmRelease: Kind = {
  group: 'helm.toolkit.fluxcd.io',
  versions: ['v2', 'v2beta2', 'v2beta1'],
  resource: 'helmreleases',
  kind: 'HelmRelease',
  pins: 'annotation',
  makes: ['HelmChart'],
  read(object, namespace) {
    const chart = field(object, 'spec', 'chart') ?? undefined;
    const chartRef = field(object, 'spec', 'chartRef') ?? undefined;
    const uses: ChartUse[] = [];
    if (chart !== undefined) {
      uses.push(...readFluxChart(field(chart, 'spec'), ['spec', 'chart', 'spec'], namespace));
    }
    if (chartRef !== undefined) uses.push(readChartRef(chartRef, namespace));
    if (uses.length === 0) {
      uses.push(unresolved(['spec'], 'invalid', 'spec has neither chart nor chartRef'));
    }
    return uses;
  },
};

// helm-controller v1.5 api/v2/reference_types.go CrossNamespaceSourceReference
function readChartRef(chartRef: unknown, namespace: string | undefined): ChartUse {
  const segments = ['spec', 'chartRef'];
  const read = readTexts(chartRef, segments, ['kind', 'name', 'namespace']);
  if (!read.ok) return read.use;
  const { kind, name } = read.texts;
  if (kind === 'ExternalArtifact')
    return notOci(segments, 'artifact', `ExternalArtifact ${clean(name)}`, read.texts);
  if ((kind !== 'OCIRepository' && kind !== 'HelmChart') || name === '') {
    return unresolved(segments, 'unknown', `chartRef names "${clean(kind)}" "${clean(name)}"`);
  }
  const target = fluxSource(kind, read.texts.namespace || namespace, name);
  return refersTo(segments, target, 'charts');
}
