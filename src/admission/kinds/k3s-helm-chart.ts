import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { describePath, field, type Segments } from './fields.ts';
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
  const read = readTexts(spec, ['spec'], ['chart', 'repo', 'version']);
  if (!read.ok) return [read.use];
  const { chart, repo, version } = read.texts;
  // Without a chart the controller leaves the object alone (shouldManage).
  if (chart === '') return [];
  // The job's script puts the address of the API server in here (k3s-io/klipper-helm entry).
  if (chart.includes('%{'))
    return [unresolved(['spec', 'chart'], 'templated', 'spec.chart is a template of its job')];
  if (repo !== '') return [notOci(['spec'], 'http', `${shownUrl(chart)} in ${shownUrl(repo)}`, read.texts)];
  if (!chart.startsWith('oci://')) {
    const source = /^(?:[./]|file:)/.test(chart) ? 'file' : 'http';
    return [notOci(['spec', 'chart'], source, shownUrl(chart), chart)];
  }
  // Older scripts hand it on without quotes: what follows a space becomes further arguments of Helm.
  if (/\s/.test(version)) {
    const why = `the version "${clean(version)}" has spaces, at which older jobs split it; separate with commas`;
    return [unresolved(['spec', 'version'], 'invalid', why)];
  }
  const split = argumentsBeside(spec);
  if (split !== undefined) {
    const why = `${describePath(split)} has a space and "-", which older jobs make an argument of Helm of: use valuesContent`;
    return [unresolved(split, 'invalid', why, [read.texts, field(spec, ...split.slice(1))])];
  }
  return [
    nameChart({ segments: ['spec'], reference: chart, takesTag: true, dialect: 'helm', version, pin: PIN }),
  ];
}

// The same scripts split these too, and the last --version counts (k3s-io/klipper-helm entry, helm_update $@).
function argumentsBeside(spec: unknown): Segments | undefined {
  const isSplit = (text: unknown) => typeof text === 'string' && /\s-/.test(text);
  if (isSplit(field(spec, 'targetNamespace'))) return ['spec', 'targetNamespace'];
  const set = field(spec, 'set');
  const odd = isObject(set) && Object.entries(set).some((pair) => pair.some(isSplit));
  return odd ? ['spec', 'set'] : undefined;
}
