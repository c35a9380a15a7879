import { field } from './fields.ts';
import { readFleetHelm, readFleetTargets } from './fleet-helm.ts';
import type { Kind } from './kind.ts';
import { type ChartUse, notOci } from './use.ts';

/**
 * Bundle of Fleet. Only the bundle of a HelmOp (`spec.helmOpOptions`) has its chart downloaded, by the agent with Helm's
 * own downloader; any other holds its resources, charts among them, itself or in a store of Fleet's.
 */
export const fleetBundle: Kind = {
  group: 'fleet.cattle.io',
  versions: ['v1alpha1'],
  resource: 'bundles',
  kind: 'Bundle',
  pins: 'annotation',
  makes: ['BundleDeployment'],
  read(object) {
    const spec = field(object, 'spec');
    if ((field(spec, 'helmOpOptions') ?? undefined) === undefined) return readContent(spec);
    return [
      ...readFleetHelm(field(spec, 'helm'), ['spec', 'helm'], 'helm'),
      ...readFleetTargets(spec, 'helm'),
    ];
  },
};

function readContent(spec: unknown): ChartUse[] {
  const resources = field(spec, 'resources') ?? [];
  if (!Array.isArray(resources) || resources.length > 0) {
    return [notOci(['spec', 'resources'], 'inline', 'resources inside the bundle', resources)];
  }
  const isStored = field(spec, 'contentsId') || field(spec, 'helm', 'chart') || field(spec, 'helm', 'repo');
  return isStored ? [notOci(['spec'], 'inline', 'content that Fleet keeps for the bundle', isStored)] : [];
}
