import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { field } from './fields.ts';
import type { Kind } from './kind.ts';
import { joinReference, nameChart } from './name-chart.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type Pin } from './use.ts';

const PIN: Pin = { why: 'the controller takes a version only' };

const READ = {
  group: 'addons.cluster.x-k8s.io',
  versions: ['v1alpha1'],
  pins: 'annotation',
  read: (object) => [readProxy(field(object, 'spec'))],
} as const satisfies Omit<Kind, 'kind' | 'resource'>;

/**
 * HelmChartProxy of Cluster API: one chart for the clusters it selects (cluster-api-addon-provider-helm v0.5.3
 * internal/helm_client.go getHelmChartAndRepoName, with Helm 3.19). Without a version it follows the latest.
 */
export const helmChartProxy: Kind = {
  ...READ,
  resource: 'helmchartproxies',
  kind: 'HelmChartProxy',
  makes: ['HelmReleaseProxy'],
};

/** HelmReleaseProxy: the same chart for one cluster. */
export const helmReleaseProxy: Kind = { ...READ, resource: 'helmreleaseproxies', kind: 'HelmReleaseProxy' };

function readProxy(spec: unknown): ChartUse {
  const read = readTexts(spec, ['spec'], ['repoURL', 'chartName', 'version']);
  if (!read.ok) return read.use;
  const { repoURL, chartName, version } = read.texts;
  if (!repoURL.startsWith('oci://'))
    return notOci(['spec'], 'http', `${clean(chartName)} in ${shownUrl(repoURL)}`, read.texts);
  return nameChart({
    segments: ['spec'],
    reference: joinReference(repoURL, chartName),
    takesTag: true,
    dialect: 'helm',
    version,
    pin: PIN,
  });
}
