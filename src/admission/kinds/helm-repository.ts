import { field } from './fields.ts';
import { FLUX_SOURCES } from './flux-chart.ts';
import type { Kind } from './kind.ts';
import type { ObjectRef } from './use.ts';

/** HelmRepository of Flux names no chart, but where the charts of others are: its url and type move all of them. */
export const helmRepository: Kind = {
  group: FLUX_SOURCES,
  versions: ['v1', 'v1beta2', 'v1beta1'],
  resource: 'helmrepositories',
  kind: 'HelmRepository',
  pins: 'nothing',
  // A HelmChart reads it whether or not it is being deleted (helmchart_controller.go buildFromHelmRepository).
  countsUntilGone: true,
  read: () => [],
  movedBy: ['url', 'type'],
  dependants: (ref) => [
    {
      group: FLUX_SOURCES,
      kind: 'HelmChart',
      namespace: ref.namespace,
      refersTo: (candidate) => names(field(candidate, 'spec', 'sourceRef'), ref, ref.namespace),
    },
    {
      group: 'helm.toolkit.fluxcd.io',
      kind: 'HelmRelease',
      namespace: undefined,
      refersTo: (candidate) =>
        names(
          field(candidate, 'spec', 'chart', 'spec', 'sourceRef'),
          ref,
          field(candidate, 'spec', 'chart', 'spec', 'sourceRef', 'namespace') ||
            field(candidate, 'metadata', 'namespace'),
        ),
    },
  ],
};

function names(sourceRef: unknown, ref: ObjectRef, namespace: unknown): boolean {
  return (
    field(sourceRef, 'kind') === 'HelmRepository' &&
    field(sourceRef, 'name') === ref.name &&
    namespace === ref.namespace
  );
}
