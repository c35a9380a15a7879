import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartseal } from './chartseal.ts';
import { type Helm, helm, KEYS } from './helm.ts';
import { CLUSTER_TOOLS, type Cluster, startCluster } from './kubernetes/cluster.ts';
import { CHART, configFile, helmChartseal, type InstallOptions } from './kubernetes/install.ts';
import type { KubernetesObject } from './kubernetes/objects.ts';
import { armoredReleaseKey } from './signing-service.ts';
import { HELM_VERSIONS, type HelmVersion, type ToolName, toolPath } from './tools.ts';
import { push } from './unsigned-charts.ts';

/** The chart of chartseal itself, as real Helm and a real API server take it. */

const NEEDED = [
  ...CLUSTER_TOOLS,
  'docker-registry-2.8',
  ...HELM_VERSIONS.map((version) => `helm-${version}` as const),
] as const satisfies readonly ToolName[];
const missing = NEEDED.filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0)
  console.log(`NOT TESTED: the chart of chartseal: ${missing.join(', ')} not installed`);

const PATH_SECRET = /^\/k\/([a-z0-9]{48})\/admission\/validate$/;

interface Webhooks extends KubernetesObject {
  webhooks: {
    failurePolicy: string;
    clientConfig: { caBundle: string; service: { name: string; namespace: string; path: string } };
    namespaceSelector: { matchExpressions: { key: string; operator: string; values: string[] }[] };
    rules: { apiGroups: string[]; resources: string[] }[];
  }[];
}

describe.skipIf(missing.length > 0)('the chart of chartseal', () => {
  let cluster: Cluster;
  let config = '';
  let dir = '';
  const by = {} as Record<HelmVersion, Helm>;

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'helm-install-'));
    cluster = await startCluster(dir);
    config = await configFile(cluster, ['registry.example.com:5000']);
    for (const version of HELM_VERSIONS) by[version] = await helm(version, dir);
  });
  afterAll(() => cluster?.stop());

  const read = async <T>(...args: string[]) =>
    JSON.parse(await cluster.must(['get', ...args, '-o', 'json'])) as T;
  const data = async (name: string, namespace: string) =>
    Object.fromEntries(
      Object.entries(
        (await read<{ data: Record<string, string> }>('secret', name, '-n', namespace)).data,
      ).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  const webhooks = (namespace: string) =>
    read<Webhooks>('validatingwebhookconfiguration', `${namespace}-chartseal`);
  const ran = (result: { code: number; stdout: string; stderr: string }) => {
    expect(result.code, result.stderr).toBe(0);
    return result.stdout;
  };

  const PROFILES: { name: string; options: Partial<InstallOptions> }[] = [
    { name: 'default', options: {} },
    { name: 'audit', options: { profile: 'values-audit.yaml' } },
    { name: 'mutating', options: { set: ['webhook.mutate=true'] } },
    {
      name: 'without cluster reader',
      options: { set: ['clusterReader=false', 'networkPolicy.enabled=false'] },
    },
    {
      name: 'certificate made elsewhere',
      options: {
        set: ['tls.existingSecret=own', 'tls.caBundle=PEM', 'image.digest=sha256:'.padEnd(84, '0')],
      },
    },
    { name: 'cert-manager', options: { set: ['tls.certManager.enabled=true'] } },
    { name: 'written path secret', options: { set: ['webhook.pathSecret=0123456789abcdef'] } },
  ];

  describe.each(['3.21.4', '4.2.4'] as const)('Helm %s', (version) => {
    it.each(PROFILES)('lints and renders it: $name', async ({ options }) => {
      const all = { config, namespace: 'rendered', ...options };
      ran(await helmChartseal(by[version], cluster, 'lint', all, ['--strict']));
      const text = ran(await helmChartseal(by[version], cluster, 'template', all));
      const kinds = (loadAll(text) as KubernetesObject[]).map(({ kind }) => kind);
      expect(kinds).toEqual(
        expect.arrayContaining(['Deployment', 'Service', 'ValidatingWebhookConfiguration']),
      );
    });
  });

  it('renders Pods that may do nothing but their work, and what keeps them up', async () => {
    const text = ran(
      await helmChartseal(by['4.2.4'], cluster, 'template', { config, namespace: 'rendered' }),
    );
    const objects = loadAll(text) as (KubernetesObject & { spec: unknown; rules?: { verbs: string[] }[] })[];
    const specOf = (kind: string) => objects.find((one) => one.kind === kind)?.spec;
    const probe = (path: string) => ({ httpGet: { path, port: 'https', scheme: 'HTTPS' } });
    expect(specOf('Deployment')).toMatchObject({
      replicas: 2,
      template: {
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              readinessProbe: probe('/readyz'),
              startupProbe: probe('/readyz'),
              livenessProbe: probe('/healthz'),
            },
          ],
        },
      },
    });
    expect(specOf('PodDisruptionBudget')).toMatchObject({ maxUnavailable: 1 });
    expect(specOf('NetworkPolicy')).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 'https' }] }],
    });
    const verbs = objects.flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs));
    expect([...new Set(verbs)].toSorted()).toEqual(['get', 'list']);
    const [webhook] = (objects.find(({ kind }) => kind === 'ValidatingWebhookConfiguration') as Webhooks)
      .webhooks;
    expect(webhook).toMatchObject({ failurePolicy: 'Fail', sideEffects: 'None', matchPolicy: 'Equivalent' });
  });

  it('is taken by the API server in a dry run: every object of every profile', async () => {
    await cluster.must(['create', 'namespace', 'rendered']);
    for (const { name, options } of PROFILES) {
      const all = { config, namespace: 'rendered', ...options };
      const text = ran(await helmChartseal(by['4.2.4'], cluster, 'template', all));
      // Kinds of cert-manager are not known here.
      const objects = (loadAll(text) as KubernetesObject[]).filter(
        ({ apiVersion }) => !apiVersion.startsWith('cert-manager.io/'),
      );
      const args = ['create', '--dry-run=server', '--validate=strict', '-n', 'rendered', '-f', '-'];
      const { code, stdout, stderr } = await cluster.kubectl(args, objects);
      expect(code, `${name}: ${stderr}`).toBe(0);
      expect(stdout.trim().split('\n')).toHaveLength(objects.length);
    }
  });

  it('is refused without a configuration, and with one that is none', async () => {
    const refused = async (flags: string[]) => {
      const args = ['template', 'chartseal', CHART, ...flags];
      const { code, stderr } = await by['4.2.4'].run(args);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await refused([])).toContain('config is empty: install with --set-file config=chartseal.yaml');
    expect(await refused(['--set', 'config=a: b: c'])).toContain('config is no YAML map');
    expect(await refused(['--set-file', `config=${config}`, '--set', 'enforced=true'])).toContain(
      "additional properties 'enforced' not allowed",
    );
    expect(
      await refused(['--set-file', `config=${config}`, '--set', 'webhook.pathSecret=Not-Lower-Case-00']),
    ).toContain('/webhook/pathSecret');
    expect(await refused(['--set-file', `config=${config}`])).toContain(
      'trust.release-team.pgp names release.asc, which is not among the files',
    );
    const complete = ['--set-file', `config=${config}`, '--set', 'files.release\\.asc=x'];
    expect(await refused([...complete, '--set', 'tls.existingSecret=own'])).toContain(
      'tls.caBundle is empty',
    );
  });

  describe.each(['3.21.4', '4.2.4'] as const)('installed by Helm %s', (version) => {
    const namespace = `chartseal-${version.replaceAll('.', '-')}`;
    const install = (command: 'install' | 'upgrade', options: Partial<InstallOptions>, more?: string[]) =>
      helmChartseal(by[version], cluster, command, { config, namespace, ...options }, more);

    it('stores every object, and webhooks that lead to it and spare what recovery needs', async () => {
      const told = ran(await install('install', { profile: 'values-audit.yaml' }));
      expect(told).toContain('Nothing is refused yet.');
      const {
        webhooks: [webhook],
      } = await webhooks(namespace);
      expect(webhook).toMatchObject({
        failurePolicy: 'Ignore',
        clientConfig: { service: { name: 'chartseal', namespace } },
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [namespace, 'kube-system'] },
          ],
        },
      });
      const [, segment] = PATH_SECRET.exec(webhook!.clientConfig.service.path) ?? [];
      expect(segment).toBeDefined();
      expect((await data('chartseal-path', namespace)).CHARTSEAL_PATH_SECRET).toBe(segment);
      const tls = await data('chartseal-tls', namespace);
      expect(Buffer.from(webhook!.clientConfig.caBundle, 'base64').toString()).toBe(tls['ca.crt']);
      const kinds = [
        'deployment',
        'service',
        'configmap',
        'serviceaccount',
        'networkpolicy',
        'poddisruptionbudget',
      ];
      for (const kind of kinds) await cluster.must(['get', kind, 'chartseal', '-n', namespace]);
    });

    it('admits everything with a warning in the audit profile', async () => {
      const { data: stored } = await read<{ data: Record<string, string> }>(
        'configmap',
        'chartseal',
        '-n',
        namespace,
      );
      const text = stored['chartseal.yaml']!;
      expect(text).not.toMatch(/: deny$/m);
      expect(text).toMatch(/^ {2}mode: warn$/m);
      expect(text).toMatch(/^ {2}notOci: warn$/m);
    });

    it('enforces with the one command that it told, and keeps certificate and path secret', async () => {
      const secrets = async () => [
        await data('chartseal-path', namespace),
        await data('chartseal-tls', namespace),
        (await webhooks(namespace)).webhooks[0]!.clientConfig.service.path,
      ];
      const before = await secrets();
      const told = ran(
        await by[version].run([
          ...['upgrade', 'chartseal', CHART, '--namespace', namespace, '--kubeconfig', cluster.kubeconfig],
          ...['--reset-then-reuse-values', '--set', 'enforce=true'],
        ]),
      );
      expect(told).toContain('what your policies deny is refused');
      expect(await secrets()).toEqual(before);
      expect((await webhooks(namespace)).webhooks[0]!.failurePolicy).toBe('Fail');
      const { data: stored } = await read<{ data: Record<string, string> }>(
        'configmap',
        'chartseal',
        '-n',
        namespace,
      );
      expect(stored['chartseal.yaml']).not.toContain('warn');
      // The same again changes nothing that would restart Pods.
      const { metadata } = await read<{ metadata: { generation: number } }>(
        'deployment',
        'chartseal',
        '-n',
        namespace,
      );
      ran(await install('upgrade', { set: ['enforce=true'] }));
      const again = await read<{ metadata: { generation: number } }>(
        'deployment',
        'chartseal',
        '-n',
        namespace,
      );
      expect(again.metadata.generation).toBe(metadata.generation);
      expect(await secrets()).toEqual(before);
    });

    it('puts a webhook back that was taken away, with the same upgrade', async () => {
      const before = (await webhooks(namespace)).webhooks;
      await cluster.must(['delete', 'validatingwebhookconfiguration', `${namespace}-chartseal`]);
      ran(await install('upgrade', { set: ['enforce=true'] }));
      expect((await webhooks(namespace)).webhooks).toEqual(before);
    });

    it('leaves nothing behind that would refuse anything', async () => {
      ran(
        await by[version].run([
          ...['uninstall', 'chartseal', '--namespace', namespace, '--kubeconfig', cluster.kubeconfig],
        ]),
      );
      const left = await cluster.must([
        ...[
          'get',
          'validatingwebhookconfigurations,mutatingwebhookconfigurations,clusterroles,clusterrolebindings',
        ],
        ...['-l', 'app.kubernetes.io/name=chartseal', '-o', 'name'],
      ]);
      expect(left).toBe('');
    });
  });

  it('is signed by chartseal, and accepted by chartseal and by every Helm', async () => {
    const host = inject('registries').find(
      ({ kind, auth }) => kind === 'docker-registry-2.8' && auth === 'open',
    )!.host;
    const out = await mkdtemp(join(dir, 'package-'));
    ran(await by['4.2.4'].run(['package', CHART, '--destination', out]));
    const pushed = await push(by['4.2.4'], join(out, 'chartseal-0.1.0.tgz'), host, 'own');
    const reference = `oci://${host}/${pushed.repository}:${pushed.tag}`;
    const keyring = ['--keyring', join(KEYS, 'release.gpg'), '--plain-http'];
    const before = await chartseal(['verify', reference, ...keyring, '--format', 'json'], { home: dir });
    expect(before).toMatchObject({ code: 1, report: { verdict: 'deny' } });

    const secret = join(dir, 'release.secret.asc');
    await writeFile(secret, await armoredReleaseKey(), { mode: 0o600 });
    const signed = await chartseal(
      ['sign', `${reference}@${pushed.digest}`, '--key', secret, '--plain-http'],
      { home: dir },
    );
    expect(signed.code, signed.stderr).toBe(0);

    const after = await chartseal(['verify', reference, ...keyring, '--format', 'json'], { home: dir });
    expect(after, after.stderr).toMatchObject({ code: 0, report: { verdict: 'allow' } });
    for (const version of HELM_VERSIONS) {
      const pulled = await by[version].pullVerified(`oci://${host}/own/chartseal`, {
        version: '0.1.0',
        keyring: join(KEYS, 'release.gpg'),
      });
      expect(pulled.code, pulled.stderr).toBe(0);
    }
  });
});
