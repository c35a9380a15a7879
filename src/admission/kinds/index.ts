import { application } from './application.ts';
import { applicationSet } from './application-set.ts';
import { crossplaneNamespacedRelease, crossplaneRelease } from './crossplane-release.ts';
import { fleetBundle } from './fleet-bundle.ts';
import { fleetBundleDeployment } from './fleet-bundle-deployment.ts';
import { fleetGitRepo } from './fleet-git-repo.ts';
import { fleetHelmOp } from './fleet-helm-op.ts';
import { helmChart } from './helm-chart.ts';
import { helmChartProxy, helmReleaseProxy } from './helm-chart-proxy.ts';
import { helmRelease } from './helm-release.ts';
import { helmRepository } from './helm-repository.ts';
import { k3sHelmChart } from './k3s-helm-chart.ts';
import { kappApp, kappPackage, kappPackageInstall } from './kapp-app.ts';
import type { Kind } from './kind.ts';
import { ociRepository } from './oci-repository.ts';
import { clusterProfile, clusterPromotion, clusterSummary, profile } from './sveltos.ts';

/** All kinds that are understood. A new one is one file and one line here, and one row of docs/kubernetes-kinds.md. */
export const KINDS: readonly Kind[] = [
  helmRelease,
  helmChart,
  ociRepository,
  helmRepository,
  application,
  applicationSet,
  k3sHelmChart,
  fleetHelmOp,
  fleetBundle,
  fleetBundleDeployment,
  fleetGitRepo,
  crossplaneRelease,
  crossplaneNamespacedRelease,
  helmChartProxy,
  helmReleaseProxy,
  clusterProfile,
  profile,
  clusterPromotion,
  clusterSummary,
  kappApp,
  kappPackage,
  kappPackageInstall,
];

/** The kind of that group and name, in any version. */
export function findKind(group: string, kind: string): Kind | undefined {
  return KINDS.find((one) => one.group === group && one.kind === kind);
}

export type { Kind } from './kind.ts';
export type { ChartUse, NotOciUse, ObjectRef, OciUse, Place, ReferringUse, UnresolvedUse } from './use.ts';
