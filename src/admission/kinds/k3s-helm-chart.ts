import { clean } from '../../base/text.ts';
import { field } from './fields.ts';
import type { Kind } from './kind.ts';
import { nameChart } from './name-chart.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type Pin, unresolved } from './use.ts';

const PIN: Pin = { why: 'the Helm of older job images takes no digest' };

/**
 * HelmChart of k3s and RKE2: a chart inside the object, or what `helm install` is called with in a Job
 * (k3s-io/helm-controller v0.17.9 pkg/controllers/chart/chart.go job, args).
 */
export const k3sHelmChart: Kind = {
  group: 'helm.cattle.io',
  versions: ['v1'],
  resource: 'helmcharts',
  kind: 'HelmChart',
  pins: 'annotation',
  read: (object) => readHelmChart(field(object, 'spec')),
};

function readHelmChart(spec: unknown): ChartUse[] {
  // Base64 of an archive: of any length, and never looked at.
  const content = field(spec, 'chartContent') ?? '';
  if (content !== '')
    return [notOci(['spec', 'chartContent'], 'inline', 'an archive inside spec.chartContent', content)];
  const read = readTexts(spec, ['spec'], ['chart', 'repo', 'version'], false);
  if (!read.ok) return [read.use];
  const { chart, repo, version } = read.texts;
  // Without a chart the controller leaves the object alone (shouldManage).
  if (chart === '') return [];
  // The job's script puts the address of the API server in here (k3s-io/klipper-helm entry).
  if (chart.includes('%{'))
    return [unresolved(['spec', 'chart'], 'templated', 'spec.chart is a template of its job')];
  if (repo !== '') return [notOci(['spec'], 'http', `${clean(chart)} in ${clean(repo)}`, read.texts)];
  if (!chart.startsWith('oci://')) {
    const source = /^(?:[./]|file:)/.test(chart) ? 'file' : 'http';
    return [notOci(['spec', 'chart'], source, clean(chart), chart)];
  }
  // Older scripts hand it on without quotes: what follows a space becomes further arguments of Helm.
  if (/\s/.test(version)) {
    const why = `the version "${clean(version)}" has spaces, at which older jobs split it; separate with commas`;
    return [unresolved(['spec', 'version'], 'invalid', why)];
  }
  return [
    nameChart({ segments: ['spec'], reference: chart, takesTag: true, dialect: 'helm', version, pin: PIN }),
  ];
}
