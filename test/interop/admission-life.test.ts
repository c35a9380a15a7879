import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartseal } from './chartseal.ts';
import { KEYS } from './helm.ts';
import { BAD, type Charts } from './kubernetes/charts.ts';
import { until } from './kubernetes/cluster.ts';
import {
  accepted,
  type Bad,
  type Guarded,
  missingForAdmission,
  named,
  refused,
  SYSTEM,
  slugOf,
  startGuarded,
} from './kubernetes/guarded.ts';
import { runDeployment } from './kubernetes/kubelet.ts';
import {
  argoApplication,
  type ChartPlace,
  type KubernetesObject,
  NAMESPACE,
  OBJECT_KINDS,
  ociRepository,
  repositoryName,
} from './kubernetes/objects.ts';

/** What becomes of a cluster that is guarded: what was there before, pinning, an outage, and the profile to begin with. */

const missing = missingForAdmission('life with admission');
const OCI_REPOSITORY = 'ocirepositories.source.toolkit.fluxcd.io';
const HOLD = 'example.com/hold';

describe.skipIf(missing.length > 0)('life with admission', () => {
  let guarded: Guarded;
  /** Taken away after the installation, for the tests of pinning. */
  let mutating: KubernetesObject;
  let stalling: Server;

  beforeAll(async () => {
    // Takes connections and says nothing.
    stalling = createServer(() => {}).listen(0, '127.0.0.1');
    await once(stalling, 'listening');
    const before = (charts: Charts) => {
      const old = ociRepository('old', charts.unsigned);
      old.metadata.finalizers = [HOLD];
      return [old, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }];
    };
    guarded = await startGuarded(inject('dir'), inject('registries'), { before, hosts: [stalledHost()] });
    await guarded.install('values.yaml', ['webhook.mutate=true']);
    mutating = await takeAway('mutatingwebhookconfiguration');
    await notAsked();
  });
  afterAll(async () => {
    stalling?.closeAllConnections();
    stalling?.close();
    await guarded?.stop();
  });

  const stalledHost = () => `127.0.0.1:${(stalling.address() as AddressInfo).port}`;

  async function takeAway(kind: string): Promise<KubernetesObject> {
    const { must } = guarded.cluster;
    const found = JSON.parse(
      await must(['get', kind, `${SYSTEM}-chartseal`, '-o', 'json']),
    ) as KubernetesObject;
    await must(['delete', kind, found.metadata.name]);
    return { ...found, metadata: { name: found.metadata.name } };
  }
  /** The mutating webhook is asked for a moment after it was taken away. */
  const notAsked = () =>
    until(
      async () => {
        const digest = ['--dry-run=server', '-o', 'jsonpath={.spec.ref.digest}'];
        const { ok, stdout } = await guarded.create(ociRepository('probe', guarded.charts.good), digest);
        return ok && stdout === '';
      },
      () => 'the mutating webhook is still asked',
    );
  /** How often it was asked. An answer to a later question shows that the lines of the earlier ones are written. */
  const reviews = async () => {
    await guarded.pod.get('/healthz');
    return (await guarded.pod.log()).match(/\/admission\/validate"/g)?.length ?? 0;
  };
  /** The digests that annotations tell. */
  const notes = ({ metadata }: KubernetesObject) =>
    Object.entries((metadata.annotations ?? {}) as Record<string, string>)
      .filter(([key]) => key.startsWith('chartseal.dev/digest'))
      .map(([, value]) => value.split(' ')[0]);
  const fieldOf = (object: unknown, path: readonly string[]) =>
    path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)?.[name], object);
  const urlOf = ({ host, folder, name }: ChartPlace) => `oci://${host}/${folder}/${name}`;

  describe('does no harm', () => {
    it('lets objects alone that were there before, until their chart changes', async () => {
      const old = ociRepository('old', guarded.charts.unsigned);
      accepted(await guarded.patch(OCI_REPOSITORY, old, { metadata: { labels: { a: 'b' } } }));
      accepted(await guarded.patch(OCI_REPOSITORY, old, { spec: { interval: '20m' } }));
      refused(
        await guarded.patch(OCI_REPOSITORY, old, { spec: { url: urlOf(guarded.charts.tampered) } }),
        'tampered',
        guarded.charts.tampered,
      );
      accepted(await guarded.patch(OCI_REPOSITORY, old, { spec: { url: urlOf(guarded.charts.good) } }));
      refused(
        await guarded.patch(OCI_REPOSITORY, old, { spec: { url: urlOf(guarded.charts.unsigned) } }),
        'unsigned',
        guarded.charts.unsigned,
      );
    });

    it('is not asked about the status', async () => {
      const asked = await reviews();
      const status = { status: { observedGeneration: 1 } };
      accepted(
        await guarded.patch(OCI_REPOSITORY, ociRepository('old', guarded.charts.unsigned), status, [
          '--subresource=status',
        ]),
      );
      expect(await reviews()).toBe(asked);
    });

    it('lets finalizers go from an object that is being deleted, whatever its chart', async () => {
      const old = ociRepository('old', guarded.charts.unsigned);
      await guarded.cluster.must(['delete', ...named(old, OCI_REPOSITORY), '--wait=false']);
      const waiting = await guarded.stored(OCI_REPOSITORY, old);
      expect(waiting?.metadata.deletionTimestamp).toBeDefined();
      expect(waiting?.metadata.finalizers).toEqual([HOLD]);
      const asked = await reviews();
      accepted(await guarded.patch(OCI_REPOSITORY, old, { metadata: { finalizers: null } }));
      expect(await reviews()).toBe(asked + 1);
      expect(await guarded.stored(OCI_REPOSITORY, old)).toBeUndefined();
    });

    it('deletes collections', async () => {
      const inTeam = (name: string) => {
        const object = ociRepository(name, guarded.charts.good);
        return { ...object, metadata: { ...object.metadata, namespace: 'team' } };
      };
      accepted(
        await guarded.create({ apiVersion: 'v1', kind: 'List', items: [inTeam('one'), inTeam('two')] }),
      );
      const path = '/apis/source.toolkit.fluxcd.io/v1/namespaces/team/ocirepositories';
      await guarded.cluster.must(['delete', '--raw', path]);
      expect(JSON.parse(await guarded.cluster.must(['get', '--raw', path])).items).toEqual([]);
    });

    it('takes server-side apply, from several managers', async () => {
      const object = ociRepository('server-side', guarded.charts.good);
      const apply = (chart: ChartPlace, manager: string) =>
        guarded.kubectl(
          ['apply', '--server-side', '--force-conflicts', `--field-manager=${manager}`, '-f', '-'],
          ociRepository('server-side', chart),
        );
      accepted(await apply(guarded.charts.good, 'first'));
      accepted(await apply(guarded.charts.good, 'first'));
      accepted(await apply(guarded.charts.good, 'second'));
      accepted(await apply(guarded.charts.newer, 'second'));
      const before = await guarded.stored(OCI_REPOSITORY, object);
      expect((await apply(guarded.charts.unsigned, 'first')).stderr).toContain(
        'is not signed by release-team',
      );
      expect(await guarded.stored(OCI_REPOSITORY, object)).toEqual(before);
    });

    it('judges objects whose name is made by the API server', async () => {
      const generated = (chart: ChartPlace) => {
        const { metadata, ...rest } = ociRepository('x', chart);
        return { ...rest, metadata: { namespace: metadata.namespace, generateName: 'made-' } };
      };
      accepted(await guarded.create(generated(guarded.charts.good)));
      expect((await guarded.create(generated(guarded.charts.unsigned))).stderr).toContain(
        'is not signed by release-team',
      );
    });
  });

  it('answers before the API server gives up when a registry says nothing', async () => {
    const object = ociRepository('stalled', { ...guarded.charts.good, host: stalledHost() });
    const { stderr } = await guarded.create(object);
    expect(stderr).toMatch(
      /denied the request: oci:\/\/\S+ could not be judged \(limit\.deadline: .+\); report \w{26}\n$/,
    );
    expect(await guarded.stored(OCI_REPOSITORY, object)).toBeUndefined();
  });

  it('finds out from a dump of the cluster what would be refused', async () => {
    const { stdout } = await guarded.kubectl(['get', 'ocirepositories,helmreleases', '-A', '-o', 'yaml']);
    const dump = join(guarded.cluster.dir, 'dump.yaml');
    await writeFile(dump, stdout);
    // As for a user: the key lies beside the configuration.
    await copyFile(join(KEYS, 'release.asc'), join(guarded.cluster.dir, 'release.asc'));
    const args = ['admission', 'test', '-f', dump, '--config', guarded.config];
    const { code, stdout: told, stderr } = await chartseal(args, { home: guarded.cluster.dir });
    expect(code, stderr).toBe(1);
    const said = (chart: ChartPlace) => {
      const { metadata } = ociRepository(repositoryName(chart), chart);
      return told.split('\n').find((line) => line.includes(` OCIRepository default/${metadata.name}`));
    };
    const { good, unsigned, tampered, dead } = guarded.charts;
    expect(said(good)).toMatch(/^admitted /);
    expect(said(unsigned)).toMatch(/^denied .+ is not signed by release-team \(pgp\.provenance_missing: /);
    expect(said(tampered)).toMatch(/^denied .+ is not signed by release-team \(pgp\.digest_mismatch: /);
    expect(said(dead)).toMatch(/^unknown .+ could not be judged \(registry\.unavailable: /);
  });

  describe('pinning', () => {
    beforeAll(async () => {
      await guarded.cluster.must(['create', '-f', '-'], mutating);
      const probe = ociRepository('probe', guarded.charts.good);
      const digest = ['--dry-run=server', '-o', 'jsonpath={.spec.ref.digest}'];
      await until(
        async () => (await guarded.create(probe, digest)).stdout === guarded.charts.good.digest,
        () => 'the mutating webhook is not asked',
      );
    });

    it.each(OBJECT_KINDS)('writes down the digest that was judged: $title', async (kind) => {
      const { make, title, pin } = kind;
      const object = make(`pinned-${slugOf(title)}`, guarded.charts.good, guarded.charts.good);
      const apply = async (chart: ChartPlace): Promise<KubernetesObject> => {
        const { spec } = make('x', chart, guarded.charts.good);
        const result = await guarded.kubectl(['apply', '-f', '-', '-o', 'json'], { ...object, spec });
        accepted(result);
        return JSON.parse(result.stdout) as KubernetesObject;
      };
      const first = await apply(guarded.charts.good);
      expect(new Set(notes(first))).toEqual(new Set([guarded.charts.good.digest]));
      if (pin !== undefined) expect(fieldOf(first, pin)).toBe(guarded.charts.good.digest);
      // Applied again it is the same, and with another version it moves on.
      const again = await apply(guarded.charts.good);
      expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      const moved = await apply(guarded.charts.newer);
      expect(notes(moved)).toContain(guarded.charts.newer.digest);
      if (pin !== undefined) expect(fieldOf(moved, pin)).toBe(guarded.charts.newer.digest);
    });

    it('follows the version through server-side apply as well', async () => {
      const { good, newer } = guarded.charts;
      const apply = async (chart: ChartPlace) => {
        const object = ociRepository('pinned-server-side', chart);
        const result = await guarded.kubectl(['apply', '--server-side', '-f', '-', '-o', 'json'], object);
        accepted(result);
        return JSON.parse(result.stdout) as KubernetesObject;
      };
      const digest = ['spec', 'ref', 'digest'];
      const first = await apply(good);
      expect(fieldOf(first, digest)).toBe(good.digest);
      expect((await apply(good)).metadata.generation).toBe(first.metadata.generation);
      expect(fieldOf(await apply(newer), digest)).toBe(newer.digest);
      expect(fieldOf(await apply(good), digest)).toBe(good.digest);
    });

    it('stores nothing that is refused', async () => {
      const object = ociRepository('pinned-unsigned', guarded.charts.unsigned);
      const result = await guarded.create(object);
      expect(result.stderr).toMatch(/"(?:mutate|validate)\.chartseal\.dev" denied the request: oci:\/\//);
      expect(await guarded.stored(OCI_REPOSITORY, object)).toBeUndefined();
    });
  });

  describe('when the service is stopped', () => {
    beforeAll(async () => {
      await guarded.cluster.must(['delete', 'mutatingwebhookconfiguration', mutating.metadata.name]);
      await notAsked();
      await guarded.pod.stop();
    });

    it('refuses what would be judged, and nothing else', async () => {
      const object = ociRepository('stopped', guarded.charts.good);
      const result = await guarded.create(object);
      expect(result.ok).toBe(false);
      expect(result.stderr).toContain('failed calling webhook "validate.chartseal.dev"');
      expect(await guarded.stored(OCI_REPOSITORY, object)).toBeUndefined();
      accepted(
        await guarded.create({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'x', namespace: 'team' },
        }),
      );
      accepted(await guarded.kubectl(['delete', OCI_REPOSITORY, 'server-side', '-n', NAMESPACE]));
    });

    it.each([SYSTEM, 'kube-system'])('lets objects into %s, so that a cluster can recover', async (where) => {
      const object = ociRepository('recovery', guarded.charts.good);
      accepted(await guarded.create({ ...object, metadata: { ...object.metadata, namespace: where } }));
    });

    it('judges again as soon as it is back', async () => {
      guarded.pod = await runDeployment(guarded.cluster, SYSTEM, 'chartseal', guarded.pod.port);
      await until(
        async () => (await guarded.create(ociRepository('back', guarded.charts.good))).ok,
        () => 'the API server does not find the service again',
      );
      refused(
        await guarded.create(ociRepository('back-unsigned', guarded.charts.unsigned)),
        'unsigned',
        guarded.charts.unsigned,
      );
    });
  });

  describe('the audit profile', () => {
    beforeAll(async () => {
      await guarded.pod.stop();
      await guarded.uninstall();
      await guarded.install('values-audit.yaml');
    });

    const SHORT: Record<Bad, string> = {
      tampered: 'would be denied (pgp.digest_mismatch)',
      unsigned: 'would be denied (pgp.provenance_missing)',
      dead: 'could not be judged (registry.unavailable)',
    };

    it.each(BAD)('admits a chart that is %s with a warning', async (bad) => {
      const object = ociRepository(`audit-${bad}`, guarded.charts[bad]);
      const { ok, stderr } = await guarded.create(object);
      expect(ok, stderr).toBe(true);
      expect(stderr).toMatch(/^Warning: oci:\/\/[^\n]+; report \w{26}\n$/);
      expect(stderr).toContain(SHORT[bad]);
      expect(stderr.trim().length - 'Warning: '.length).toBeLessThanOrEqual(120);
      expect(await guarded.stored(OCI_REPOSITORY, object)).toBeDefined();
    });

    it('admits what no policy speaks of, what is elsewhere and what cannot be resolved', async () => {
      const unlisted = { ...guarded.charts.good, host: 'registry.example.com' };
      const git = { repoURL: 'https://git.example.com/x.git', path: 'deploy', targetRevision: 'main' };
      for (const object of [ociRepository('unlisted', unlisted), argoApplication('git', { source: git })]) {
        const { ok, stderr } = await guarded.create(object);
        expect(ok, stderr).toBe(true);
        expect(stderr).toMatch(/^Warning: /);
      }
    });

    it('says in the log what would have been refused, as NOTES.txt tells', async () => {
      expect(await guarded.pod.log()).toContain('"verdict":"deny"');
    });

    it('admits without asking when it is stopped', async () => {
      await guarded.pod.stop();
      const object = ociRepository('audit-stopped', guarded.charts.unsigned);
      accepted(await guarded.create(object));
      expect(await guarded.stored(OCI_REPOSITORY, object)).toBeDefined();
    });
  });
});
