import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { field, type Segments } from './fields.ts';
import { fluxSource } from './flux-chart.ts';
import type { Kind } from './kind.ts';
import { joinReference, nameChart } from './name-chart.ts';
import { readList } from './read-list.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type Pin, refersTo, unresolved } from './use.ts';

const PIN: Pin = { why: 'Sveltos takes a version only' };

/** Sources of Flux that a chart is read from: `scheme://namespace/name/path`. */
const FLUX_SCHEME = /^(gitrepository|ocirepository|bucket):\/\/([^/]*)\/([^/]*)\/./i;

/** ClusterProfile, Profile and ClusterPromotion of Sveltos, and the ClusterSummary it makes for one cluster. */
export const clusterProfile = kind('clusterprofiles', 'ClusterProfile', ['spec'], ['ClusterSummary']);
export const profile = kind('profiles', 'Profile', ['spec'], ['ClusterSummary']);
export const clusterPromotion = kind(
  'clusterpromotions',
  'ClusterPromotion',
  ['spec', 'profileSpec'],
  ['ClusterProfile', 'ClusterSummary'],
);
export const clusterSummary = kind('clustersummaries', 'ClusterSummary', ['spec', 'clusterProfileSpec']);

function kind(resource: string, name: string, segments: Segments, makes?: string[]): Kind {
  return {
    group: 'config.projectsveltos.io',
    versions: ['v1beta1', 'v1alpha1'],
    resource,
    kind: name,
    pins: 'annotation',
    ...(makes === undefined ? {} : { makes }),
    read: (object) =>
      readList(field(object, ...segments), segments, 'helmCharts', (chart, at) => [readHelmChart(chart, at)]),
  };
}

// projectsveltos/addon-controller controllers/handlers_helm.go getHelmChartAndRepoName, controllers/flux_source.go; any
// field may be a template. Charts to be uninstalled are read too: their hooks are rendered and run.
function readHelmChart(chart: unknown, segments: Segments): ChartUse {
  const names = ['repositoryURL', 'repositoryName', 'chartName', 'chartVersion'] as const;
  const read = readTexts(chart, segments, names, true);
  if (!read.ok) return read.use;
  const { repositoryURL, repositoryName, chartName, chartVersion: version } = read.texts;
  if (/^(?:gitrepository|ocirepository|bucket):\/\//i.test(repositoryURL)) {
    return readFluxSource(repositoryURL, segments);
  }
  const common = { segments, takesTag: true, dialect: 'helm', version, pin: PIN } as const;
  // Written so in the time before repositoryURL was put before it.
  if (chartName.startsWith('oci://')) return nameChart({ ...common, reference: chartName });
  if (!repositoryURL.startsWith('oci://')) {
    return notOci(segments, 'http', `${shownUrl(chartName)} in ${shownUrl(repositoryURL)}`, read.texts);
  }
  // Older releases have the prefix in the path, newer ones take it off (addon-controller pull request 1513).
  if (repositoryName !== '' && chartName.startsWith(`${repositoryName}/`)) {
    const why = `releases of Sveltos read "${clean(chartName)}" differently: write it without "${clean(repositoryName)}/"`;
    return unresolved([...segments, 'chartName'], 'invalid', why, read.texts);
  }
  return nameChart({ ...common, reference: joinReference(repositoryURL, chartName) });
}

function readFluxSource(url: string, segments: Segments): ChartUse {
  const at = [...segments, 'repositoryURL'];
  const [, scheme = '', namespace = '', name = ''] = FLUX_SCHEME.exec(url) ?? [];
  if (scheme === '' || name === '')
    return unresolved(at, 'invalid', `"${shownUrl(url)}" names no source of Flux`, url);
  if (scheme.toLowerCase() === 'gitrepository') return notOci(at, 'git', shownUrl(url), url);
  if (scheme.toLowerCase() === 'bucket') return notOci(at, 'bucket', shownUrl(url), url);
  if (namespace === '') {
    const why = `"${shownUrl(url)}" is looked for in the namespace of each cluster`;
    return unresolved(at, 'templated', why, url);
  }
  return refersTo(segments, fluxSource('OCIRepository', namespace, name), 'charts');
}
