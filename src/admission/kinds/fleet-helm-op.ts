import { field } from './fields.ts';
import { readFleetHelm, readFleetTargets } from './fleet-helm.ts';
import type { Kind } from './kind.ts';

/**
 * HelmOp of Fleet. Its controller chooses the version (internal/cmd/controller/helmops) and makes a Bundle with it; with
 * `pollingInterval` it goes on doing so.
 */
export const fleetHelmOp: Kind = {
  group: 'fleet.cattle.io',
  versions: ['v1alpha1'],
  resource: 'helmops',
  kind: 'HelmOp',
  pins: 'annotation',
  makes: ['Bundle', 'BundleDeployment'],
  read(object) {
    const spec = field(object, 'spec');
    return [
      ...readFleetHelm(field(spec, 'helm'), ['spec', 'helm'], 'fleet'),
      ...readFleetTargets(spec, 'fleet'),
    ];
  },
};
