import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Helm, helm } from './helm.ts';
import { CLUSTER_TOOLS, type Cluster, startCluster, tail, until } from './kubernetes/cluster.ts';
import { define } from './kubernetes/definitions.ts';
import { type ChartPlace, ociRepository } from './kubernetes/objects.ts';
import { answering, freePort } from './registries.ts';
import { run } from './run.ts';
import { type ToolName, toolPath } from './tools.ts';
import { alone, createChart, type Pushed, push } from './unsigned-charts.ts';

/** Charts that chartseal signed, verified by the source-controller of Flux. */

const NEEDED = [
  ...CLUSTER_TOOLS,
  ...(['source-controller-1.9.3', 'crds-flux-1.9.3', 'referrers-registry-0.22.1', 'cosign-3.1.3'] as const),
  'helm-4.2.4',
] as const satisfies readonly ToolName[];
const missing = NEEDED.filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0) console.log(`NOT TESTED: Flux: ${missing.join(', ')} not installed`);

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

describe.skipIf(missing.length > 0)('Flux', () => {
  let cluster: Cluster;
  let log = '';
  let dir = '';
  let by: Helm;
  let archive = '';
  let host = '';

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'flux-'));
    cluster = await startCluster(dir);
    await define(cluster, ['crds-flux-1.9.3']);
    host = `127.0.0.1:${await freePort()}`;
    const registry = cluster.start('registry', toolPath('referrers-registry-0.22.1')!, ['-addr', host]);
    await answering(`http://${host}/v2/`, registry.child, registry.log);
    by = await helm('4.2.4', dir);
    archive = await createChart(by, 'app', dir, '1.2.3');
    await cosign([
      'signing-config',
      'create',
      '--fulcio',
      'url=http://127.0.0.1:1,api-version=1,start-time=2024-01-01T00:00:00Z,operator=local',
      '--out',
      'bare.json',
    ]);
    for (const name of ['release', 'other']) await cosign(['generate-key-pair', '--output-key-prefix', name]);
    await cluster.must([
      ...['create', 'secret', 'generic', 'release-key', `--from-file=cosign.pub=${join(dir, 'release.pub')}`],
    ]);
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
      { RUNTIME_NAMESPACE: 'default', KUBECONFIG: cluster.kubeconfig, TUF_ROOT: join(dir, 'tuf') },
    ));
  });
  afterAll(() => cluster?.stop());

  async function cosign(args: string[]): Promise<void> {
    const { code, stderr } = await run(toolPath('cosign-3.1.3')!, args, {
      cwd: dir,
      env: { HOME: dir, COSIGN_PASSWORD: 'interop-only' },
    });
    if (code !== 0) throw new Error(`cosign ${args[0]}: ${stderr}`);
  }

  async function pushed(folder: string): Promise<Pushed & { place: ChartPlace }> {
    const chart = await push(by, await alone(archive, dir), host, folder);
    return { ...chart, place: { host, folder, name: 'app', version: '1.2.3' } };
  }

  async function sign(chart: Pushed, key: string): Promise<void> {
    await cosign([
      ...['sign', '--key', `${key}.key`, '--signing-config', 'bare.json', '--allow-http-registry', '-y'],
      `${host}/${chart.repository}@${chart.digest}`,
    ]);
  }

  const verify = { provider: 'cosign', secretRef: { name: 'release-key' } };

  async function verified(resource: string): Promise<Condition> {
    let found: Condition | undefined;
    await until(
      async () => {
        const { conditions = [] } =
          JSON.parse(await cluster.must(['get', resource, '-o', 'json'])).status ?? {};
        found = (conditions as Condition[]).find(({ type }) => type === 'SourceVerified');
        return found !== undefined && found.status !== 'Unknown';
      },
      async () => `${resource} has no SourceVerified:\n${await tail(log)}`,
    );
    return found!;
  }

  it('verifies what chartseal signed with a cosign key, and nothing else', async () => {
    const charts = {
      signed: await pushed('signed'),
      unsigned: await pushed('unsigned'),
      'other-key': await pushed('other-key'),
    };
    await sign(charts.signed, 'release');
    await sign(charts['other-key'], 'other');
    await cluster.must(
      ['create', '-f', '-'],
      Object.entries(charts).map(([name, { place }]) =>
        ociRepository(name, place, {
          verify,
          layerSelector: { mediaType: CHART_LAYER, operation: 'copy' },
        }),
      ),
    );
    expect(await verified('ocirepository/signed')).toMatchObject({ status: 'True' });
    expect(await verified('ocirepository/unsigned')).toMatchObject({ status: 'False' });
    expect(await verified('ocirepository/other-key')).toMatchObject({ status: 'False' });
    console.log(await cluster.must(['get', 'ocirepositories', '-o', 'yaml']));
  });
});
