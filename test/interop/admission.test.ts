import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Helm, helm } from './helm.ts';
import { BAD, type Charts, pushCharts } from './kubernetes/charts.ts';
import { CLUSTER_TOOLS, type Cluster, startCluster, until } from './kubernetes/cluster.ts';
import { define, REAL_DEFINITIONS } from './kubernetes/definitions.ts';
import { configFile, helmChartseal } from './kubernetes/install.ts';
import { type Pod, runDeployment } from './kubernetes/kubelet.ts';
import {
  argoApplication,
  type ChartPlace,
  helmRepository,
  type KubernetesObject,
  NAMESPACE,
  OBJECT_KINDS,
  ociRepository,
} from './kubernetes/objects.ts';
import { type ToolName, toolPath } from './tools.ts';

/**
 * Objects of every kind, applied with kubectl to a real API server that asks the service; the service is installed by
 * real Helm and started from what Helm stored.
 */

const NEEDED = [
  ...CLUSTER_TOOLS,
  ...REAL_DEFINITIONS,
  'docker-registry-2.8',
  'helm-4.2.4',
] as const satisfies readonly ToolName[];
const missing = NEEDED.filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0) console.log(`NOT TESTED: admission: ${missing.join(', ')} not installed`);

const SYSTEM = 'chartseal';

describe.skipIf(missing.length > 0)('admission', () => {
  let cluster: Cluster;
  let by: Helm;
  let charts: Charts;
  let config = '';
  let pod: Pod;
  /** Taken away after the installation, for the tests of pinning. */
  let mutating: KubernetesObject;

  beforeAll(async () => {
    const dir = await mkdtemp(join(inject('dir'), 'admission-'));
    const host = inject('registries').find(
      ({ kind, auth }) => kind === 'docker-registry-2.8' && auth === 'open',
    )!.host;
    by = await helm('4.2.4', dir);
    [cluster, charts] = await Promise.all([startCluster(dir), pushCharts(by, host, 'admission')]);
    await define(cluster, REAL_DEFINITIONS, { permissive: true });
    // What was in the cluster before: the objects that others refer to, and what nobody judged.
    const before = Object.values(charts).flatMap((chart) =>
      OBJECT_KINDS.flatMap(({ needs }) => needs?.(chart) ?? []),
    );
    await cluster.must(['apply', '-f', '-'], [...before, old('old'), { ...old('old-finalizer') }]);
    config = await configFile(cluster, [host, charts.dead.host]);
    const installed = await install('values.yaml', ['webhook.mutate=true']);
    expect(installed.code, installed.stderr).toBe(0);
    pod = await runDeployment(cluster, SYSTEM, 'chartseal');
    mutating = await takeAway('mutatingwebhookconfiguration');
    await enforced();
  });
  afterAll(() => cluster?.stop());

  const install = (profile: string, set: string[] = []) =>
    helmChartseal(by, cluster, 'install', { config, namespace: SYSTEM, profile, set });
  const old = (name: string): KubernetesObject => {
    const made = ociRepository(name, charts.unsigned);
    return {
      ...made,
      metadata: { ...made.metadata, finalizers: name === 'old' ? [] : ['example.com/hold'] },
    };
  };
  async function takeAway(kind: string): Promise<KubernetesObject> {
    const name = `${SYSTEM}-chartseal`;
    const found = JSON.parse(await cluster.must(['get', kind, name, '-o', 'json'])) as KubernetesObject;
    await cluster.must(['delete', kind, name]);
    return { ...found, metadata: { name } };
  }
  /** Webhooks are asked a moment after they are stored. */
  const enforced = () =>
    until(
      async () => (await create(ociRepository('probe', charts.unsigned), ['--dry-run=server'])).code !== 0,
      () => 'the webhook is not asked',
    );
  const create = (object: KubernetesObject, args: string[] = []) =>
    cluster.kubectl(['create', '-f', '-', ...args], object);
  const flags = ({ metadata: { namespace } }: KubernetesObject) => (namespace ? ['-n', namespace] : []);
  const merge = (resource: string, { metadata: { name, namespace } }: KubernetesObject, change: object) =>
    cluster.kubectl([
      ...['patch', resource, name, ...(namespace ? ['-n', namespace] : [])],
      ...['--type=merge', '-p', JSON.stringify(change)],
    ]);
  const stored = async (resource: string, object: KubernetesObject) => {
    const { code, stdout } = await cluster.kubectl([
      ...['get', resource, object.metadata.name, ...flags(object), '-o', 'json'],
    ]);
    return code === 0 ? (JSON.parse(stdout) as KubernetesObject) : undefined;
  };

  /** What a person sees: one line that names chart, reason and report. */
  const REFUSED: Record<(typeof BAD)[number], (chart: ChartPlace) => RegExp> = {
    tampered: (chart) => refusal(chart, 'is not signed by release-team \\(pgp\\.digest_mismatch: [^\\n]+\\)'),
    unsigned: (chart) =>
      refusal(chart, 'is not signed by release-team \\(pgp\\.provenance_missing: [^\\n]+\\)'),
    dead: (chart) => refusal(chart, 'could not be judged \\(registry\\.unavailable: [^\\n]+\\)'),
  };
  function refusal({ host, folder, name, version }: ChartPlace, why: string): RegExp {
    const escaped = (text: string) => text.replace(/[.+]/g, '\\$&');
    const reference = `oci://${escaped(`${host}/${folder}/${name}`)}(?::${escaped(version)}| \\(${escaped(version)}\\))`;
    return new RegExp(
      `admission webhook "validate\\.chartseal\\.dev" denied the request: ${reference} ${why}; report [0-9A-Za-z-]{10,}\\n$`,
    );
  }

  describe.each(OBJECT_KINDS)('$title', ({ resource, make }) => {
    const slug = resource.replace(/[^a-z0-9]/g, '-');

    it('is stored with a good chart, changed, and deleted', async () => {
      const object = make(`good-${slug}`, charts.good, charts.good);
      const dry = await create(object, ['--dry-run=server']);
      expect(dry.code, dry.stderr).toBe(0);
      expect(await stored(resource, object)).toBeUndefined();
      const made = await create(object);
      expect(made.code, made.stderr).toBe(0);
      const labelled = await merge(resource, object, { metadata: { labels: { changed: 'yes' } } });
      expect(labelled.code, labelled.stderr).toBe(0);
      const moved = await merge(resource, object, { spec: make('x', charts.newer, charts.good).spec });
      expect(moved.code, moved.stderr).toBe(0);
      const before = await stored(resource, object);
      for (const bad of BAD) {
        const change = { spec: make('x', charts[bad], charts.good).spec };
        const refused = await merge(resource, object, change);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toMatch(REFUSED[bad](charts[bad]));
      }
      expect(await stored(resource, object)).toEqual(before);
      const dryDelete = await cluster.kubectl([
        ...['delete', resource, object.metadata.name, ...flags(object), '--dry-run=server'],
      ]);
      expect(dryDelete.code, dryDelete.stderr).toBe(0);
      await cluster.must(['delete', resource, object.metadata.name, ...flags(object)]);
      expect(await stored(resource, object)).toBeUndefined();
    });

    it.each(BAD)('is not stored with a chart that is %s', async (bad) => {
      const object = make(`${bad}-${slug}`, charts[bad], charts.good);
      for (const args of [['--dry-run=server'], []]) {
        const { code, stderr } = await create(object, args);
        expect(code).not.toBe(0);
        expect(stderr).toMatch(REFUSED[bad](charts[bad]));
        expect(stderr).toMatch(
          /^Error from server \(Forbidden\): error when creating "STDIN": admission webhook/,
        );
      }
      expect(await stored(resource, object)).toBeUndefined();
    });
  });
});
