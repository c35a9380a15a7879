import { field } from './fields.ts';
import { FLUX_SOURCES, readFluxChart } from './flux-chart.ts';
import type { Kind } from './kind.ts';

/** HelmChart of Flux, which the helm-controller also makes of every HelmRelease with a `spec.chart`. */
export const helmChart: Kind = {
  group: FLUX_SOURCES,
  versions: ['v1', 'v1beta2', 'v1beta1'],
  resource: 'helmcharts',
  kind: 'HelmChart',
  pins: 'annotation',
  // sourceRef is of the same namespace and has no field for another (LocalHelmChartSourceReference).
  read: (object, namespace) =>
    readFluxChart(field(object, 'spec'), ['spec'], namespace).map((use) =>
      use.state === 'reference' ? { ...use, target: { ...use.target, namespace } } : use,
    ),
};
