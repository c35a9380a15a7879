import { field } from './fields.ts';
import { readFleetHelm } from './fleet-helm.ts';
import type { Kind } from './kind.ts';
import { type ChartUse, notOci } from './use.ts';

/**
 * BundleDeployment of Fleet, what an agent deploys: content from Fleet's registry (`ociContents`), the chart of a HelmOp
 * (`helmChartOptions`), or content that Fleet keeps in the cluster, in this order (internal/cmd/agent/deployer).
 */
export const fleetBundleDeployment: Kind = {
  group: 'fleet.cattle.io',
  versions: ['v1alpha1'],
  resource: 'bundledeployments',
  kind: 'BundleDeployment',
  pins: 'annotation',
  // The agent cleans up when it is gone, and deploys it until then (bundledeployment_controller.go Reconcile).
  countsUntilGone: true,
  read(object) {
    const spec = field(object, 'spec');
    const isHelmOp = (field(spec, 'helmChartOptions') ?? undefined) !== undefined;
    if (!isHelmOp || field(spec, 'ociContents') === true) {
      const ids = [field(spec, 'deploymentID'), field(spec, 'stagedDeploymentID')];
      return ids.some(Boolean)
        ? [notOci(['spec'], 'inline', 'content that Fleet keeps for the bundle', ids)]
        : [];
    }
    // What is staged is deployed next.
    return ['options', 'stagedOptions'].flatMap((name): ChartUse[] => {
      const helm = field(spec, name, 'helm') ?? undefined;
      return helm === undefined ? [] : readFleetHelm(helm, ['spec', name, 'helm'], 'helm');
    });
  },
};
