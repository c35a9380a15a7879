import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ToolName, toolPath } from '../tools.ts';
import { type Cluster, until } from './cluster.ts';

/** Definitions of kinds as their projects publish them. */
export const REAL_DEFINITIONS = [
  'crds-flux-1.9.3',
  'crds-argocd-3.5.1',
  'crds-k3s-0.17.9',
  'crds-capi-0.5.3',
] as const satisfies readonly ToolName[];

interface Permissive {
  group: string;
  version: string;
  kind: string;
  plural: string;
  cluster?: true;
}

/** Kinds whose definitions cannot be had as a module: of the right name, with any content. */
const PERMISSIVE: readonly Permissive[] = [
  { group: 'helm.toolkit.fluxcd.io', version: 'v2', kind: 'HelmRelease', plural: 'helmreleases' },
  { group: 'fleet.cattle.io', version: 'v1alpha1', kind: 'HelmOp', plural: 'helmops' },
  { group: 'fleet.cattle.io', version: 'v1alpha1', kind: 'Bundle', plural: 'bundles' },
  { group: 'fleet.cattle.io', version: 'v1alpha1', kind: 'BundleDeployment', plural: 'bundledeployments' },
  {
    ...{ group: 'helm.crossplane.io', version: 'v1beta1', kind: 'Release', plural: 'releases' },
    cluster: true,
  },
  { group: 'helm.m.crossplane.io', version: 'v1beta1', kind: 'Release', plural: 'releases' },
  {
    ...{ group: 'config.projectsveltos.io', version: 'v1beta1', kind: 'ClusterProfile' },
    ...{ plural: 'clusterprofiles', cluster: true },
  },
  { group: 'config.projectsveltos.io', version: 'v1beta1', kind: 'Profile', plural: 'profiles' },
  {
    ...{ group: 'config.projectsveltos.io', version: 'v1beta1', kind: 'ClusterPromotion' },
    ...{ plural: 'clusterpromotions', cluster: true },
  },
  {
    ...{ group: 'config.projectsveltos.io', version: 'v1beta1', kind: 'ClusterSummary' },
    plural: 'clustersummaries',
  },
  { group: 'fleet.cattle.io', version: 'v1alpha1', kind: 'GitRepo', plural: 'gitrepos' },
  { group: 'data.packaging.carvel.dev', version: 'v1alpha1', kind: 'Package', plural: 'packages' },
  { group: 'kappctrl.k14s.io', version: 'v1alpha1', kind: 'App', plural: 'apps' },
];

/** Teaches a cluster the kinds of these modules, and those that come from nowhere. */
export async function define(
  cluster: Cluster,
  tools: readonly ToolName[],
  options: { permissive?: boolean } = {},
): Promise<void> {
  const texts = tools.flatMap((tool) => {
    const dir = dirname(toolPath(tool)!);
    const files = readdirSync(dir).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
    return files.map((name) => readFileSync(join(dir, name), 'utf8'));
  });
  if (options.permissive === true) texts.push(...PERMISSIVE.map((kind) => JSON.stringify(permissive(kind))));
  // Not applied: the annotation that kubectl keeps of what was applied has no room for the larger ones.
  await cluster.must(['create', '-f', '-'], texts.join('\n---\n'));
  await until(
    async () => {
      const { items } = JSON.parse(await cluster.must(['get', 'crd', '-o', 'json'])) as { items: Defined[] };
      return items.every(({ status }) => status?.conditions?.some(isEstablished) === true);
    },
    () => 'not all kinds are established',
  );
}

interface Condition {
  type: string;
  status: string;
}

interface Defined {
  status?: { conditions?: Condition[] };
}

function isEstablished({ type, status }: Condition): boolean {
  return type === 'Established' && status === 'True';
}

function permissive({ group, version, kind, plural, cluster }: Permissive): object {
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: cluster === true ? 'Cluster' : 'Namespaced',
      versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}
