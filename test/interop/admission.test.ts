import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { KINDS } from '../../src/admission/kinds/index.ts';
import { BAD } from './kubernetes/charts.ts';
import {
  accepted,
  type Guarded,
  missingForAdmission,
  named,
  refused,
  slugOf,
  startGuarded,
} from './kubernetes/guarded.ts';
import {
  argoApplication,
  type ChartPlace,
  helmRepository,
  NAMESPACE,
  OBJECT_KINDS,
  ociRepository,
} from './kubernetes/objects.ts';

/**
 * Objects of every kind, applied with kubectl to a real API server that asks the service; the service is installed by
 * real Helm and started from what Helm stored.
 */

const missing = missingForAdmission('admission of each kind');

describe.skipIf(missing.length > 0)('admission', () => {
  let guarded: Guarded;

  beforeAll(async () => {
    guarded = await startGuarded(inject('dir'), inject('registries'));
    await guarded.install('values.yaml');
  });
  afterAll(() => guarded?.stop());

  it('is shown for every kind that names a chart in a registry', () => {
    const shown = new Set(OBJECT_KINDS.map(({ resource }) => resource));
    const others = KINDS.map(({ group, resource }) => `${resource}.${group}`).filter(
      (one) => !shown.has(one),
    );
    expect(others.toSorted()).toEqual([
      'gitrepos.fleet.cattle.io',
      'helmrepositories.source.toolkit.fluxcd.io',
      'packageinstalls.packaging.carvel.dev',
    ]);
  });

  describe.each(OBJECT_KINDS)('$title', ({ resource, make, title }) => {
    const slug = slugOf(title);

    it('is stored with a good chart, changed, and deleted', async () => {
      const object = make(`good-${slug}`, guarded.charts.good, guarded.charts.good);
      accepted(await guarded.create(object, ['--dry-run=server']));
      expect(await guarded.stored(resource, object)).toBeUndefined();
      accepted(await guarded.create(object));
      accepted(await guarded.patch(resource, object, { metadata: { labels: { changed: 'yes' } } }));
      accepted(
        await guarded.patch(resource, object, {
          spec: make('x', guarded.charts.newer, guarded.charts.good).spec,
        }),
      );
      const before = await guarded.stored(resource, object);
      await Promise.all(
        BAD.map(async (bad) => {
          const change = { spec: make('x', guarded.charts[bad], guarded.charts.good).spec };
          refused(await guarded.patch(resource, object, change), bad, guarded.charts[bad]);
        }),
      );
      expect(await guarded.stored(resource, object)).toEqual(before);
      accepted(await guarded.kubectl(['delete', ...named(object, resource), '--dry-run=server']));
      accepted(await guarded.kubectl(['delete', ...named(object, resource)]));
      expect(await guarded.stored(resource, object)).toBeUndefined();
    });

    it('is not stored with a bad one, or with one at a dead registry', async () => {
      await Promise.all(
        BAD.map(async (bad) => {
          const object = make(`${bad}-${slug}`, guarded.charts[bad], guarded.charts.good);
          refused(await guarded.create(object, ['--dry-run=server']), bad, guarded.charts[bad]);
          refused(await guarded.create(object), bad, guarded.charts[bad]);
          expect(await guarded.stored(resource, object)).toBeUndefined();
        }),
      );
    });
  });

  it('judges everything behind a HelmRepository that moves', async () => {
    const repository = helmRepository(guarded.charts.good);
    repository.metadata.name = 'moving';
    accepted(await guarded.create(repository));
    const release = OBJECT_KINDS.find(({ title }) => title === 'HelmRelease of Flux')!.make(
      'behind',
      guarded.charts.good,
      guarded.charts.good,
    );
    (release.spec.chart as { spec: { sourceRef: { name: string } } }).spec.sourceRef.name = 'moving';
    const move = (chart: ChartPlace) =>
      guarded.patch('helmrepositories', repository, { spec: { url: `oci://${chart.host}/${chart.folder}` } });
    accepted(await move(guarded.charts.unsigned));
    accepted(await move(guarded.charts.good));
    accepted(await guarded.create(release));
    refused(
      await move(guarded.charts.unsigned),
      'unsigned',
      guarded.charts.unsigned,
      'HelmRelease default/behind: ',
    );
    expect((await guarded.stored('helmrepositories', repository))?.spec.url).toBe(
      `oci://${guarded.charts.good.host}/${guarded.charts.good.folder}`,
    );
  });

  it('refuses what is in no OCI registry and what cannot be resolved, and warns of ranges', async () => {
    const git = { repoURL: 'https://git.example.com/x.git', path: 'deploy', targetRevision: 'main' };
    const fromGit = await guarded.create(argoApplication('git', { source: git }));
    expect(fromGit.stderr).toMatch(
      /denied the request: https:\/\/git\.example\.com\/x\.git is not verified \(k8s\.not_oci: .+\); report \w{26}\n$/,
    );
    const gitRepo = {
      apiVersion: 'fleet.cattle.io/v1alpha1',
      kind: 'GitRepo',
      metadata: { name: 'git', namespace: NAMESPACE },
      spec: { repo: 'https://git.example.com/x.git' },
    };
    expect((await guarded.create(gitRepo)).stderr).toContain('is not verified (k8s.not_oci');
    const release = OBJECT_KINDS.find(({ title }) => title === 'HelmRelease of Flux')!;
    const dangling = await guarded.create(
      release.make('dangling', { ...guarded.charts.good, folder: 'nowhere' }, guarded.charts.good),
    );
    expect(dangling.stderr).toMatch(/denied the request: .+ \(k8s\.unresolved_reference: .+does not exist\)/);
    const range = await guarded.create(
      ociRepository('range', guarded.charts.good, { ref: { semver: '1.x' } }),
    );
    accepted(range);
    expect(range.stderr).toMatch(
      /^Warning: oci:\/\/\S+(?: \S+)? comes from a range \(k8s\.range\); report \w{26}\n$/,
    );
  });
});
