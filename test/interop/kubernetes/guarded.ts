import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { helm } from '../helm.ts';
import type { RunningRegistry } from '../registries.ts';
import type { Result } from '../run.ts';
import { type ToolName, toolPath } from '../tools.ts';
import { type BAD, type Charts, pushCharts } from './charts.ts';
import { CLUSTER_TOOLS, type Cluster, startCluster, until } from './cluster.ts';
import { define, REAL_DEFINITIONS } from './definitions.ts';
import { configFile, helmChartseal } from './install.ts';
import { type Pod, runDeployment } from './kubelet.ts';
import { type ChartPlace, type KubernetesObject, OBJECT_KINDS, ociRepository } from './objects.ts';

const NEEDED = [
  ...CLUSTER_TOOLS,
  ...REAL_DEFINITIONS,
  'docker-registry-2.8',
  'helm-4.2.4',
] as const satisfies readonly ToolName[];

/** What is not installed of what the suites of admission need; said once a suite. */
export function missingForAdmission(suite: string): ToolName[] {
  const missing = NEEDED.filter((tool) => toolPath(tool) === undefined);
  if (missing.length > 0) console.log(`NOT TESTED: ${suite}: ${missing.join(', ')} not installed`);
  return missing;
}

/** The namespace of the service. */
export const SYSTEM = 'chartseal';

export type Bad = (typeof BAD)[number];
type Ran = Result & { ok: boolean };

/** A cluster whose API server asks a service that real Helm installed, and kubectl as a person uses it. */
export interface Guarded {
  cluster: Cluster;
  charts: Charts;
  /** The file that the service was installed with. */
  config: string;
  /** What runs of the Deployment now. */
  pod: Pod;
  kubectl(args: string[], input?: object): Promise<Ran>;
  create(object: object, args?: string[]): Promise<Ran>;
  /** A merge patch. */
  patch(resource: string, object: KubernetesObject, change: object, args?: string[]): Promise<Ran>;
  stored(resource: string, object: KubernetesObject): Promise<KubernetesObject | undefined>;
  /** Installs the chart with one of its profiles, and starts what was stored. */
  install(profile: string, set?: string[]): Promise<void>;
  uninstall(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts it. What others refer to is stored before anybody judges, with good and with bad charts.
 * @param options.before further objects that are there before; `hosts`: further registries
 */
export async function startGuarded(
  parent: string,
  registries: readonly RunningRegistry[],
  { before = () => [], hosts = [] }: { before?: (charts: Charts) => object[]; hosts?: string[] } = {},
): Promise<Guarded> {
  const dir = await mkdtemp(join(parent, 'admission-'));
  const { host } = registries.find(({ kind, auth }) => kind === 'docker-registry-2.8' && auth === 'open')!;
  const by = await helm('4.2.4', dir);
  const [cluster, charts] = await Promise.all([
    startCluster(dir),
    pushCharts(by, host, dir.split('-').at(-1)!.toLowerCase()),
  ]);
  const kubectl: Guarded['kubectl'] = async (args, input) => {
    const result = await cluster.kubectl(args, input);
    return { ...result, ok: result.code === 0 };
  };
  const helmed = async (running: Promise<Result>) => {
    const { code, stderr } = await running;
    if (code !== 0) throw new Error(`helm ended with ${code}: ${stderr}`);
  };
  let pod: Pod | undefined;
  const guarded: Omit<Guarded, 'config'> = {
    cluster,
    charts,
    get pod() {
      return pod!;
    },
    set pod(next) {
      pod = next;
    },
    kubectl,
    create: (object, args = []) => kubectl(['create', '-f', '-', ...args], object),
    patch: (resource, object, change, args = []) =>
      kubectl([
        ...['patch', ...named(object, resource), '--type=merge', '-p', JSON.stringify(change), ...args],
      ]),
    async stored(resource, object) {
      const { ok, stdout } = await kubectl(['get', ...named(object, resource), '-o', 'json']);
      return ok ? (JSON.parse(stdout) as KubernetesObject) : undefined;
    },
    async install(profile, set = []) {
      const setFile = [`tls.clientCa=${cluster.caPath}`];
      const options = { config, namespace: SYSTEM, profile, set, setFile };
      await helmed(helmChartseal(by, cluster, 'install', options));
      pod = await runDeployment(cluster, SYSTEM, 'chartseal');
      // Webhooks are asked a moment after they are stored.
      const probe = ociRepository('probe', charts.unsigned);
      await until(
        async () =>
          (await guarded.create(probe, ['--dry-run=server'])).stderr.includes('(pgp.provenance_missing'),
        () => 'the webhook is not asked',
      );
    },
    uninstall: () =>
      helmed(by.run(['uninstall', 'chartseal', '-n', SYSTEM, '--kubeconfig', cluster.kubeconfig])),
    stop: () => cluster.stop(),
  };
  let config = '';
  try {
    await define(cluster, REAL_DEFINITIONS, { permissive: true });
    const needed = Object.values(charts).flatMap((chart) =>
      OBJECT_KINDS.flatMap(({ needs }) => needs?.(chart) ?? []),
    );
    await cluster.must(['apply', '-f', '-'], [...needed, ...before(charts)]);
    config = await configFile(cluster, [host, charts.dead.host, ...hosts]);
    return Object.assign(guarded, { config });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** The arguments that name an object: resource, name and namespace. */
export function named({ metadata }: KubernetesObject, resource: string): string[] {
  return [resource, metadata.name, ...(metadata.namespace ? ['-n', metadata.namespace] : [])];
}

/** An ending of names that is its own for each kind. */
export function slugOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

export function accepted({ code, stderr }: Result): void {
  expect(code, stderr).toBe(0);
}

const WHY: Record<Bad, string> = {
  tampered: 'is not signed by release-team \\(pgp\\.digest_mismatch: [^\\n]+\\)',
  unsigned: 'is not signed by release-team \\(pgp\\.provenance_missing: [^\\n]+\\)',
  dead: 'could not be judged \\(registry\\.unavailable: [^\\n]+\\)',
};

/**
 * What a person sees: one line that names chart, reason and report.
 * @param before what stands before the chart
 */
export function refused(
  result: Result,
  bad: Bad,
  { host, folder, name, version }: ChartPlace,
  before = '',
): void {
  const shown = `oci://${host}/${folder}/${name}:${version}`.replace(/[.+]/g, '\\$&');
  expect(result.code).not.toBe(0);
  expect(result.stderr).toMatch(
    new RegExp(
      '^Error from server \\(Forbidden\\): (?:error when creating "STDIN": )?admission webhook ' +
        `"validate\\.chartseal\\.dev" denied the request: ${before}${shown} ${WHY[bad]}; report [0-9A-Z]{26}\\n$`,
    ),
  );
}
