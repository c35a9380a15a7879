import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The real programs of the interop tests: folder in the cache (`install.sh` makes it) and binary in it. */
export const TOOLS = {
  'helm-3.21.3': 'helm',
  'helm-3.21.4': 'helm',
  'helm-4.2.4': 'helm',
  'docker-registry-2.8': 'docker-registry',
  'registry-3.1.2': 'registry',
  'openssl-any': 'openssl',
  'cosign-3.1.3': 'cosign',
  'fulcio-1.8.8': 'fulcio',
  'rekor-2.3.0': 'posix',
  'timestamp-authority-2.1.3': 'timestamp-server',
  'referrers-registry-0.22.1': 'registry',
  'vault-1.21.1': 'vault',
  'kube-apiserver-1.36.3': 'kube-apiserver',
  'kubectl-1.36.3': 'kubectl',
  'etcd-3.6.8': 'etcd',
  'source-controller-1.9.3': 'source-controller',
  'gatekeeper-3.23.1': 'gatekeeper-manager',
  // Files that come with modules: definitions of kinds.
  'crds-flux-1.9.3': 'source.toolkit.fluxcd.io_ocirepositories.yaml',
  'crds-argocd-3.5.1': 'application-crd.yaml',
  'crds-k3s-0.17.9': 'helm.cattle.io_helmcharts.yaml',
  'crds-capi-0.5.3': 'addons.cluster.x-k8s.io_helmchartproxies.yaml',
  'crds-gatekeeper-3.23.1': 'constrainttemplate-customresourcedefinition.yaml',
} as const;

export type ToolName = keyof typeof TOOLS;
export type HelmVersion = '3.21.3' | '3.21.4' | '4.2.4';

/** The Helm versions of the tests: the older OpenPGP engine, and the newer one in Helm 3 and in Helm 4. */
export const HELM_VERSIONS: readonly HelmVersion[] = ['3.21.3', '3.21.4', '4.2.4'];

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chartseal', 'interop');

/** The path of a program, or undefined when it is not installed. */
export function toolPath(name: ToolName): string | undefined {
  const path = join(cache, name, TOOLS[name]);
  return existsSync(join(cache, name, 'done')) && existsSync(path) ? path : undefined;
}

/** Which programs are missing, each with the reason that `install.sh` left. */
export function missingTools(): { name: ToolName; reason: string }[] {
  return (Object.keys(TOOLS) as ToolName[])
    .filter((name) => toolPath(name) === undefined)
    .map((name) => {
      const note = join(cache, name, 'skipped');
      return {
        name,
        reason: existsSync(note)
          ? readFileSync(note, 'utf8').trim()
          : 'not installed: run test/interop/install.sh',
      };
    });
}
