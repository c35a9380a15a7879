import { copyFile, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { helm } from './helm.ts';
import { BAD, type Charts, pushCharts } from './kubernetes/charts.ts';
import { CLUSTER_TOOLS, type Cluster, startCluster, tail, until } from './kubernetes/cluster.ts';
import { define } from './kubernetes/definitions.ts';
import {
  argoApplication,
  type ChartPlace,
  type KubernetesObject,
  NAMESPACE,
  ociRepository,
} from './kubernetes/objects.ts';
import { serveTls, type TlsService } from './kubernetes/serve-tls.ts';
import { freePort } from './registries.ts';
import { type ToolName, toolPath } from './tools.ts';

/** Real Gatekeeper asks chartseal, with the templates of docs/examples/gatekeeper.yaml. */

const NEEDED = [
  ...CLUSTER_TOOLS,
  ...(['gatekeeper-3.23.1', 'crds-gatekeeper-3.23.1', 'crds-flux-1.9.3', 'crds-argocd-3.5.1'] as const),
  ...(['docker-registry-2.8', 'helm-4.2.4'] as const),
] as const satisfies readonly ToolName[];
const missing = NEEDED.filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0) console.log(`NOT TESTED: Gatekeeper: ${missing.join(', ')} not installed`);

const EXAMPLE = join(import.meta.dirname, '../../docs/examples/gatekeeper.yaml');

describe.skipIf(missing.length > 0)('Gatekeeper', () => {
  let cluster: Cluster;
  let charts: Charts;
  let service: TlsService;
  let gatekeeperLog = '';

  beforeAll(async () => {
    const dir = await mkdtemp(join(inject('dir'), 'gatekeeper-'));
    const host = inject('registries').find(
      ({ kind, auth }) => kind === 'docker-registry-2.8' && auth === 'open',
    )!.host;
    const by = await helm('4.2.4', dir);
    [cluster, charts] = await Promise.all([startCluster(dir), pushCharts(by, host, 'gatekeeper')]);
    await define(cluster, ['crds-gatekeeper-3.23.1', 'crds-flux-1.9.3', 'crds-argocd-3.5.1'], {
      permissive: true,
    });
    service = await serveTls(cluster, [host, charts.dead.host]);
    const port = await startGatekeeper();
    await configure(port);
  });
  afterAll(async () => {
    await service?.stop();
    await cluster?.stop();
  });

  async function startGatekeeper(): Promise<number> {
    await cluster.must(['create', 'namespace', 'gatekeeper-system']);
    const { cert, key } = await cluster.sign('gatekeeper');
    const certs = join(cluster.dir, 'gatekeeper-certs');
    await mkdir(certs);
    await copyFile(cert, join(certs, 'tls.crt'));
    await copyFile(key, join(certs, 'tls.key'));
    await copyFile(cluster.caPath, join(certs, 'ca.crt'));
    const [port, health, collector] = await Promise.all([freePort(), freePort(), freePort()]);
    const operations = [
      ...['webhook', 'mutation-webhook', 'mutation-controller', 'status', 'mutation-status', 'generate'],
    ];
    const { child, log } = cluster.start(
      'gatekeeper',
      toolPath('gatekeeper-3.23.1')!,
      [
        ...['--debug-use-fake-pod', '--host', '127.0.0.1', '--port', `${port}`, '--cert-dir', certs],
        ...['--disable-cert-rotation', '--health-addr', `127.0.0.1:${health}`, '--shutdown-delay', '0'],
        // Of its ways to tell metrics the one that opens no port.
        ...['--metrics-addr', '0', '--metrics-backend', 'opentelemetry'],
        ...['--otlp-endpoint', `127.0.0.1:${collector}`],
        ...operations.flatMap((operation) => ['--operation', operation]),
      ],
      { POD_NAMESPACE: 'gatekeeper-system', KUBECONFIG: cluster.kubeconfig },
    );
    gatekeeperLog = log;
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`Gatekeeper ended:\n${await tail(log)}`);
        const answer = await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined);
        return answer?.ok ?? false;
      },
      async () => `Gatekeeper is not ready:\n${await tail(log)}`,
    );
    return port;
  }

  /** The objects of the docs, with the address of the service in the place of that of the docs. */
  async function configure(port: number): Promise<void> {
    const ca = Buffer.from(cluster.ca).toString('base64');
    const text = (await readFile(EXAMPLE, 'utf8'))
      .replaceAll('https://chartseal.chartseal.svc:443/k/SECRET', service.base)
      .replaceAll('caBundle: CA', `caBundle: ${ca}`);
    const objects = loadAll(text) as KubernetesObject[];
    const isConstraint = ({ apiVersion }: KubernetesObject) => apiVersion.startsWith('constraints.');
    const webhooks = (['Validating', 'Mutating'] as const).map((kind) => {
      const face = kind === 'Validating' ? 'admit' : 'mutate';
      const rule = { apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*'] };
      const apiGroups = ['source.toolkit.fluxcd.io', 'argoproj.io', 'helm.m.crossplane.io'];
      const webhook = {
        name: `${face}.gatekeeper.sh`,
        clientConfig: { url: `https://127.0.0.1:${port}/v1/${face}`, caBundle: ca },
        rules: [{ ...rule, apiGroups }],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
      };
      return {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${kind}WebhookConfiguration`,
        metadata: { name: 'gatekeeper' },
        webhooks: [webhook],
      };
    });
    await cluster.must(['create', '-f', '-'], [...objects.filter((one) => !isConstraint(one)), ...webhooks]);
    const definition = 'crd/chartsealverified.constraints.gatekeeper.sh';
    await until(
      async () => (await cluster.kubectl(['get', definition])).code === 0,
      async () => `Gatekeeper made no constraint:\n${await tail(gatekeeperLog)}`,
    );
    await cluster.must(['wait', '--for=condition=Established', '--timeout=90s', definition]);
    await cluster.must(['create', '-f', '-'], objects.filter(isConstraint));
    // Templates, providers and mutators are taken in one after the other.
    const probe = ociRepository('probe', charts.unsigned);
    await until(
      async () => (await create(probe, ['--dry-run=server'])).stderr.includes('is not signed by'),
      async () => `Gatekeeper does not ask:\n${await tail(gatekeeperLog)}`,
    );
    await until(
      async () => (await create(release('probe', charts.unsigned), ['--dry-run=server'])).code !== 0,
      async () => `Gatekeeper does not mutate:\n${await tail(gatekeeperLog)}`,
    );
  }

  const create = (object: KubernetesObject, args: string[] = []) =>
    cluster.kubectl(['create', '-f', '-', ...args], object);
  const isStored = async ({ kind, apiVersion, metadata: { name } }: KubernetesObject) =>
    (await cluster.kubectl(['get', `${kind}.${apiVersion.split('/')[0]}`, name, '-n', NAMESPACE])).code === 0;
  const application = (name: string, { host, folder, name: chart, version }: ChartPlace) =>
    argoApplication(name, { source: { repoURL: `${host}/${folder}`, chart, targetRevision: version } });
  const release = (name: string, chart: ChartPlace): KubernetesObject => ({
    apiVersion: 'helm.m.crossplane.io/v1beta1',
    kind: 'Release',
    metadata: { name, namespace: NAMESPACE },
    spec: { forProvider: { chart: { url: urlOf(chart) }, namespace: 'x' } },
  });
  const urlOf = ({ host, folder, name, version }: ChartPlace) => `oci://${host}/${folder}/${name}:${version}`;

  const REASON: Record<(typeof BAD)[number], string> = {
    tampered: 'is not signed by release-team (pgp.digest_mismatch',
    unsigned: 'is not signed by release-team (pgp.provenance_missing',
    dead: 'could not be judged (registry.',
  };

  it.each([
    ['OCIRepository', ociRepository],
    ['Application', application],
  ] as const)('lets an %s with a good chart in, and no other', async (kind, make) => {
    const good = make(`good-${kind.toLowerCase()}`, charts.good);
    const { code, stderr } = await create(good);
    expect(code, stderr).toBe(0);
    for (const bad of BAD) {
      const object = make(`${bad}-${kind.toLowerCase()}`, charts[bad]);
      const refused = await create(object);
      expect(refused.stderr).toMatch(/^Error from server \(Forbidden\).*\[charts-are-signed\] oci:\/\//);
      expect(refused.stderr).toContain(`${urlOf(charts[bad])} ${REASON[bad]}`);
      expect(await isStored(object)).toBe(false);
    }
  });

  it('refuses what its template cannot read', async () => {
    const git = { repoURL: 'https://git.example.com/x.git', path: 'deploy', targetRevision: 'main' };
    const signed = application('signed', charts.good);
    const source = { ...(signed.spec as { source: object }).source, targetRevision: '6.6.6' };
    for (const object of [
      argoApplication('git', { source: git }),
      { ...signed, spec: { ...(signed.spec as object), sources: [source] } },
      { ...signed, operation: { sync: { source } } },
      { ...signed, operation: { sync: { manifests: ['{}'] } } },
      application('range', { ...charts.good, version: '1.x' }),
    ]) {
      expect((await create(object)).stderr).toContain('names no chart that this template can read');
    }
  });

  it('pins a reference to the digest that was judged, once', async () => {
    const object = release('pinned', charts.good);
    const { code, stderr } = await create(object);
    expect(code, stderr).toBe(0);
    const url = () =>
      cluster.must([
        ...['get', 'releases.helm.m.crossplane.io', 'pinned', '-n', NAMESPACE],
        ...['-o', 'jsonpath={.spec.forProvider.chart.url}'],
      ]);
    const { host, folder, name, digest } = charts.good;
    const pinned = `oci://${host}/${folder}/${name}@${digest}`;
    expect(await url()).toBe(pinned);
    await cluster.must(['label', 'releases.helm.m.crossplane.io', 'pinned', '-n', NAMESPACE, 'changed=yes']);
    expect(await url()).toBe(pinned);
  });

  it.each(BAD)('stores no object to be pinned whose chart is %s', async (bad) => {
    const object = release(`pinned-${bad}`, charts[bad]);
    const { code, stderr } = await create(object);
    expect(code).not.toBe(0);
    expect(stderr).toContain(REASON[bad]);
    expect(await isStored(object)).toBe(false);
  });

  it('is let in by its client certificate, without a path secret', async () => {
    const change = { spec: { url: `${service.origin}/gatekeeper/verify?timeout=3s` } };
    await cluster.must(['patch', 'provider', 'chartseal', '--type=merge', '-p', JSON.stringify(change)]);
    await until(
      async () => {
        const object = ociRepository('by-certificate', { ...charts.unsigned, version: `0.${Date.now()}.0` });
        await create(object, ['--dry-run=server']);
        return /"path":"\/gatekeeper\/verify"[^\n]*"caller":"gatekeeper"|"caller":"gatekeeper"[^\n]*"path":"\/gatekeeper\/verify"/.test(
          await service.log(),
        );
      },
      async () => `Gatekeeper does not ask there:\n${await service.log()}`,
    );
    const { code, stderr } = await create(ociRepository('by-certificate', charts.good));
    expect(code, stderr).toBe(0);
  });

  it('leaves no path secret in the log', async () => {
    const log = await service.log();
    expect(log).toContain('/k/…/gatekeeper/verify');
    expect(log).not.toContain(service.base.split('/k/')[1]);
  });

  it('refuses everything that was not answered before when chartseal is stopped, and recovers', async () => {
    await service.stop();
    for (const object of [
      ociRepository('stopped', charts.newer),
      application('stopped', { ...charts.good, version: '1.4.0' }),
    ]) {
      const { code, stderr } = await create(object);
      expect(code).not.toBe(0);
      expect(stderr).toContain('chartseal could not be asked: ');
      expect(stderr).not.toContain(service.base.split('/k/')[1]);
      expect(await isStored(object)).toBe(false);
    }
    const pinned = release('stopped', charts.newer);
    expect((await create(pinned)).code).not.toBe(0);
    expect(await isStored(pinned)).toBe(false);
    await service.restart();
    const again = await create(ociRepository('stopped', charts.newer));
    expect(again.code, again.stderr).toBe(0);
  });
});
