import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartseal } from './chartseal.ts';
import { type Helm, helm } from './helm.ts';
import { CLUSTER_TOOLS, type Cluster, startCluster, tail, until } from './kubernetes/cluster.ts';
import { define } from './kubernetes/definitions.ts';
import {
  type ChartPlace,
  helmRepository,
  type KubernetesObject,
  NAMESPACE,
  ociRepository,
  repositoryName,
} from './kubernetes/objects.ts';
import { serveTls, type TlsService } from './kubernetes/serve-tls.ts';
import { answering, freePort } from './registries.ts';
import { run } from './run.ts';
import { type ToolName, toolPath } from './tools.ts';
import { alone, createChart, push } from './unsigned-charts.ts';

/**
 * The source-controller of Flux verifies charts that chartseal signed with a key of cosign, and does its work on objects
 * that chartseal guards by the webhook of docs/examples/webhook-edge.yaml.
 */

const NEEDED = [
  ...CLUSTER_TOOLS,
  ...(['source-controller-1.9.3', 'crds-flux-1.9.3', 'referrers-registry-0.22.1', 'cosign-3.1.3'] as const),
  'helm-4.2.4',
] as const satisfies readonly ToolName[];
const missing = NEEDED.filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0) console.log(`NOT TESTED: Flux: ${missing.join(', ')} not installed`);

const EXAMPLE = join(import.meta.dirname, '../../docs/examples/webhook-edge.yaml');
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const PASSWORD = { COSIGN_PASSWORD: 'interop-only' };
const CHARTS = ['signed', 'unsigned', 'other-key'] as const;

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

/**
 * A port whose number holds no 401. source-controller 1.9.3 (helmchart_controller.go) takes every failed build of a
 * HelmChart whose message contains "401", if only in the registry's address, for a failed login, and then says nothing
 * of SourceVerified.
 */
async function portWithout401(): Promise<number> {
  let port = await freePort();
  while (String(port).includes('401')) port = await freePort();
  return port;
}

describe.skipIf(missing.length > 0)('Flux', () => {
  let cluster: Cluster;
  let service: TlsService | undefined;
  let log = '';
  let dir = '';
  const places = {} as Record<(typeof CHARTS)[number], ChartPlace>;

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'flux-'));
    cluster = await startCluster(dir);
    await define(cluster, ['crds-flux-1.9.3']);
    const host = `127.0.0.1:${await portWithout401()}`;
    const registry = cluster.start('registry', toolPath('referrers-registry-0.22.1')!, ['-addr', host]);
    await answering(`http://${host}/v2/`, registry.child, registry.log);
    const by = await helm('4.2.4', dir);
    const archive = await createChart(by, 'app', dir, '1.2.3');
    for (const name of ['release', 'other']) {
      const made = await run(toolPath('cosign-3.1.3')!, ['generate-key-pair', '--output-key-prefix', name], {
        cwd: dir,
        env: { HOME: dir, ...PASSWORD },
      });
      if (made.code !== 0) throw new Error(`cosign made no keys: ${made.stderr}`);
    }
    for (const name of CHARTS) places[name] = await pushed(by, archive, host, name);
    const key = `--from-file=cosign.pub=${join(dir, 'release.pub')}`;
    await cluster.must(['create', 'secret', 'generic', 'release-key', key]);
    await startSourceController();
  });
  afterAll(async () => {
    await service?.stop();
    await cluster?.stop();
  });

  async function pushed(by: Helm, archive: string, host: string, folder: string): Promise<ChartPlace> {
    const { repository, tag, digest } = await push(by, await alone(archive, dir), host, folder);
    if (folder !== 'unsigned') {
      const key = folder === 'signed' ? 'release.key' : 'other.key';
      const signed = await chartseal(
        [
          ...['sign', `oci://${host}/${repository}:${tag}@${digest}`, '--plain-http'],
          ...['--cosign-key', join(dir, key)],
        ],
        { home: dir, env: PASSWORD },
      );
      expect(signed.code, signed.stderr).toBe(0);
    }
    return { host, folder, name: 'app', version: '1.2.3' };
  }

  async function startSourceController(): Promise<void> {
    const [storage, metrics, health] = await Promise.all([freePort(), freePort(), freePort()]);
    ({ log } = cluster.start(
      'source-controller',
      toolPath('source-controller-1.9.3')!,
      [
        ...['--watch-all-namespaces', '--enable-leader-election=false'],
        ...['--metrics-addr', `127.0.0.1:${metrics}`, '--health-addr', `127.0.0.1:${health}`],
        ...['--storage-addr', `127.0.0.1:${storage}`, '--storage-adv-addr', `127.0.0.1:${storage}`],
        ...['--storage-path', await mkdtemp(join(dir, 'storage-'))],
      ],
      { RUNTIME_NAMESPACE: NAMESPACE, KUBECONFIG: cluster.kubeconfig, TUF_ROOT: join(dir, 'tuf') },
    ));
  }

  const verify = { provider: 'cosign', secretRef: { name: 'release-key' } };
  const verifying = (name: string, chart: ChartPlace) =>
    ociRepository(name, chart, { verify, layerSelector: { mediaType: CHART_LAYER, operation: 'copy' } });
  const helmChart = (name: string, chart: ChartPlace): KubernetesObject => ({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...{ chart: chart.name, version: chart.version, interval: '10m', verify },
      sourceRef: { kind: 'HelmRepository', name: repositoryName(chart) },
    },
  });
  const apply = (objects: object[]) => cluster.must(['create', '-f', '-'], objects);

  /**
   * What the controller says, once it is sure. Of what is wanted it may say the opposite at first, as it tries again
   * after a request that failed; what is not wanted must never be.
   */
  async function condition(type: string, resource: string, wanted?: 'True'): Promise<Condition> {
    let found: Condition | undefined;
    await until(
      async () => {
        const { status } = JSON.parse(await cluster.must(['get', resource, '-o', 'json'])) as {
          status?: { conditions?: Condition[] };
        };
        found = status?.conditions?.find((one) => one.type === type);
        return (
          found !== undefined && (wanted === undefined ? found.status !== 'Unknown' : found.status === wanted)
        );
      },
      async () => `${resource} has no ${type} ${wanted ?? ''}: ${JSON.stringify(found)}\n${await tail(log)}`,
    );
    return found!;
  }

  it('verifies an OCIRepository whose chart chartseal signed, and no other', async () => {
    await apply(CHARTS.map((name) => verifying(name, places[name])));
    expect(await condition('SourceVerified', 'ocirepository/signed', 'True')).toMatchObject({
      status: 'True',
    });
    expect(await condition('Ready', 'ocirepository/signed', 'True')).toMatchObject({ status: 'True' });
    for (const name of ['unsigned', 'other-key']) {
      expect(await condition('SourceVerified', `ocirepository/${name}`)).toMatchObject({
        status: 'False',
        reason: 'VerificationError',
      });
      expect(await condition('Ready', `ocirepository/${name}`)).toMatchObject({ status: 'False' });
    }
  });

  it('verifies a HelmChart of a HelmRepository the same way', async () => {
    await apply(CHARTS.flatMap((name) => [helmRepository(places[name]), helmChart(name, places[name])]));
    expect(await condition('SourceVerified', 'helmchart/signed', 'True')).toMatchObject({ status: 'True' });
    for (const name of ['unsigned', 'other-key']) {
      expect(await condition('SourceVerified', `helmchart/${name}`)).toMatchObject({ status: 'False' });
    }
  });

  describe('beside the webhook of an edge', () => {
    beforeAll(async () => {
      const trust = { ci: { sigstore: { key: join(dir, 'release.pub'), transparencyLog: 'optional' } } };
      service = await serveTls(cluster, [places.signed.host], {
        trust,
        policies: [{ name: 'production', match: ['**'], require: 'ci' }],
      });
      const text = (await readFile(EXAMPLE, 'utf8')).replace(
        'https://chartseal.example.workers.dev/k/PATH_SECRET',
        service.base,
      );
      const webhook = load(text) as { webhooks: { clientConfig: object }[] };
      const caBundle = Buffer.from(cluster.ca).toString('base64');
      for (const one of webhook.webhooks) one.clientConfig = { ...one.clientConfig, caBundle };
      await apply([webhook]);
      const probe = () =>
        cluster.kubectl(['create', '--dry-run=server', '-f', '-'], verifying('probe', places.unsigned));
      await until(
        async () => (await probe()).code !== 0,
        () => 'the webhook is not asked',
      );
    });

    it.each(['unsigned', 'other-key'] as const)('never sees a chart that is %s', async (name) => {
      const { code, stderr } = await cluster.kubectl(
        ['create', '-f', '-'],
        verifying(`guarded-${name}`, places[name]),
      );
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/denied the request: oci:\/\/\S+ is not signed by ci \(sigstore\.[a-z_]+: /);
    });

    it('goes about its work undisturbed: status, finalizers, deletion', async () => {
      await apply([verifying('guarded', places.signed)]);
      expect(await condition('SourceVerified', 'ocirepository/guarded', 'True')).toMatchObject({
        status: 'True',
      });
      expect(await condition('Ready', 'ocirepository/guarded', 'True')).toMatchObject({ status: 'True' });
      const finalizers = await cluster.must([
        ...['get', 'ocirepository/guarded', '-o', 'jsonpath={.metadata.finalizers}'],
      ]);
      expect(finalizers).toContain('finalizers.fluxcd.io');
      // Waits until the controller has let go of it; the others were refused if they came now.
      await cluster.must(['delete', 'ocirepository', 'guarded', ...CHARTS, '--timeout=90s']);
    });

    it('is told that references cannot be followed from there', async () => {
      const { stderr } = await cluster.kubectl(['create', '-f', '-'], helmChart('far', places.signed));
      expect(stderr).toMatch(
        /\(k8s\.unresolved_reference: HelmRepository default\/\S+ names the chart, and cannot be read from here\)/,
      );
    });
  });
});
