import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Helm, KEYS } from '../helm.ts';
import type { Result } from '../run.ts';
import type { Cluster } from './cluster.ts';

/** The chart of this checkout. */
export const CHART = join(import.meta.dirname, '../../../deploy/chart');

/** A configuration that trusts the fixtures' release key on these hosts, as a user writes it; a file of `cluster`. */
export async function configFile(cluster: Cluster, hosts: string[], more: object = {}): Promise<string> {
  const path = join(cluster.dir, 'chartseal.yaml');
  const config = {
    registries: hosts.map((host) => ({ host, plainHttp: true })),
    trust: { 'release-team': { pgp: 'release.asc' } },
    policies: [{ name: 'production', match: hosts.map((host) => `${host}/**`), require: 'release-team' }],
    // A number that Helm writes as 8.388608e+06.
    limits: { reviewBytes: 8_388_608 },
    ...more,
  };
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config, null, 2));
  return path;
}

export interface InstallOptions {
  config: string;
  namespace: string;
  /** `values-audit.yaml` */
  profile?: string;
  set?: string[];
  /** Values that are read from files. */
  setFile?: string[];
}

/** `helm COMMAND chartseal deploy/chart …` with the flags that the docs tell. */
export function helmChartseal(
  by: Helm,
  cluster: Cluster,
  command: 'install' | 'upgrade' | 'template' | 'lint',
  { config, namespace, profile, set = [], setFile = [] }: InstallOptions,
  more: string[] = [],
): Promise<Result> {
  const asks = command === 'install' || command === 'upgrade';
  // Helm 3 from `go install` takes clusters that it does not ask for version 1.20.
  const where = asks ? ['--kubeconfig', cluster.kubeconfig] : ['--kube-version', '1.36.3'];
  return by.run([
    ...(command === 'lint' ? [command, CHART] : [command, 'chartseal', CHART]),
    ...['--namespace', namespace, ...(command === 'install' ? ['--create-namespace'] : []), ...where],
    ...['--set-file', `config=${config}`],
    ...['--set-file', `files.release\\.asc=${join(KEYS, 'release.asc')}`],
    ...(profile === undefined ? [] : ['--values', join(CHART, profile)]),
    ...set.flatMap((value) => ['--set', value]),
    ...setFile.flatMap((value) => ['--set-file', value]),
    ...more,
  ]);
}
