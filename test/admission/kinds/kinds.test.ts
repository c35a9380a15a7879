import { describe, expect, it } from 'vitest';
import { field } from '../../../src/admission/kinds/fields.ts';
import { KINDS } from '../../../src/admission/kinds/index.ts';
import { readUses } from '../../../src/admission/read-uses.ts';
import { cluster, DIGEST, HOST, type Json, object, outcome } from './support.ts';

const oci = (url: string, ref?: Json, more: Json = {}) =>
  object('source.toolkit.fluxcd.io/v1', 'OCIRepository', { url, ...(ref ? { ref } : {}), ...more });
const URL = `oci://${HOST}/charts/app`;
const CHART_LAYER = { layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' } };

describe('OCIRepository', () => {
  it.each<[string, Json | undefined, string]>([
    ['no ref', undefined, 'tag charts/app:latest'],
    ['an empty ref', {}, 'tag charts/app:latest'],
    ['semver before tag', { tag: '1.0.0', semver: '~1.2' }, 'range charts/app:1.2.3'],
    ['a tag that is no tag beside semver', { tag: '+', semver: '~1.2' }, 'range charts/app:1.2.3'],
    ['digest before all', { tag: '1.0.0', semver: '~1.2', digest: DIGEST }, 'digest charts/app@DIGEST'],
    ['digest with its tag', { tag: '1.0.0', digest: DIGEST }, 'digest charts/app:1.0.0@DIGEST'],
    ['a digest that is none', { digest: 'sha256:12' }, 'unresolved invalid'],
    ['a semver that is none', { semver: 'latest' }, 'unresolved invalid'],
    ['a filter', { semver: '*', semverFilter: '.*-rc.*' }, 'unresolved unsupported'],
    ['a filter beside a digest', { semverFilter: '.*', digest: DIGEST }, 'digest charts/app@DIGEST'],
    ['a word', { tag: 'stable' }, 'tag charts/app:stable'],
    ['a tag that looks like a range', { tag: '1.x' }, 'tag charts/app:1.x'],
  ])('%s', async (_what, ref, expected) => {
    expect(await outcome(oci(URL, ref))).toEqual([expected]);
  });

  it('reads _ in tags as + only where the layer is a chart', async () => {
    expect(await outcome(oci(URL, { semver: '^2' }))).toEqual(['failed chart.no_matching_version']);
    expect(await outcome(oci(URL, { semver: '^2' }, CHART_LAYER))).toEqual([
      'range charts/app --version 2.0.0+b1',
    ]);
  });

  it.each([
    ['oci://podinfo', 'tag oci://docker.io/library/podinfo:latest'],
    ['oci://registry/charts/app', 'tag oci://docker.io/registry/charts/app:latest'],
    ['oci://localhost/app', 'tag oci://docker.io/localhost/app:latest'],
    ['oci://localhost:5000/app', 'tag oci://localhost:5000/app:latest'],
    ['oci://docker.io/podinfo', 'tag oci://docker.io/library/podinfo:latest'],
    ['oci://index.docker.io/a/b', 'tag oci://docker.io/a/b:latest'],
  ])('reads the host as go-containerregistry does: %s', async (url, expected) => {
    expect(await outcome(oci(url))).toEqual([expected]);
  });

  it.each([
    `${URL}:1.0.0`,
    `${URL}@${DIGEST}`,
    'https://h.example/x',
    'oci://',
    `oci://${HOST}/../x`,
    'OCI://h.example/x',
  ])('refuses %s, which Flux does too', async (url) => {
    expect(await outcome(oci(url))).toEqual(['unresolved invalid']);
  });
});

describe('repository and chart name', () => {
  const proxy = (repoURL: string, chartName: string) =>
    object('addons.cluster.x-k8s.io/v1alpha1', 'HelmChartProxy', { repoURL, chartName, version: '1.2.3' });

  it.each([
    [`oci://${HOST}/charts/`, 'app', 'tag charts/app:1.2.3'],
    [`oci://${HOST}/charts`, '/app/', 'tag charts/app:1.2.3'],
    [`oci://${HOST}//charts/./`, 'sub/app', 'tag charts/sub/app:1.2.3'],
    [`oci://${HOST}/charts`, 'app:1.2.3', 'tag charts/app:1.2.3'],
    [`oci://${HOST}/charts`, 'app:6.6.6', 'unresolved invalid'],
    // path.Join would lead out of the repository here.
    [`oci://${HOST}/charts`, '../evil', 'unresolved invalid'],
    [`oci://${HOST}/charts`, '../../other.example/evil', 'unresolved invalid'],
    [`oci://${HOST}/charts?x=`, 'app', 'unresolved invalid'],
    [`oci://user:secret@${HOST}/charts`, 'app', 'unresolved invalid'],
  ])('%s and %s', async (repo, name, expected) => {
    expect(await outcome(proxy(repo, name))).toEqual([expected]);
  });

  it('shows no password', () => {
    const [use] = readUses(proxy(`oci://user:secret@${HOST}/charts`, 'app'))?.uses ?? [];
    // What stands there is compared with what stood there before, and never shown.
    expect(JSON.stringify({ ...use, content: undefined })).not.toContain('secret');
  });
});

describe('Release of Crossplane', () => {
  const release = (chart: Json) =>
    object('helm.crossplane.io/v1beta1', 'Release', { forProvider: { chart } });

  it.each<[string, Json, string]>([
    [
      'a url overrides the rest',
      { url: `${URL}:1.2.3`, repository: 'https://x', name: 'y' },
      'tag charts/app:1.2.3',
    ],
    ['a url with digest', { url: `${URL}:1.2.3@${DIGEST}` }, 'digest charts/app:1.2.3@DIGEST'],
    ['a url without tag is the latest', { url: URL }, 'range charts/app --version 2.0.0+b1'],
    ['a version beside a url without tag', { url: URL, version: '1.2.3' }, 'unresolved invalid'],
    [
      'a version beside a url without tag and a digest',
      { url: URL, version: '1.2.3', digest: DIGEST },
      'unresolved invalid',
    ],
    ['a digest beside a url', { url: `${URL}:1.2.3`, digest: DIGEST }, 'unresolved invalid'],
    [
      'the digest of the url once more',
      { url: `${URL}@${DIGEST}`, digest: DIGEST },
      'digest charts/app@DIGEST',
    ],
    ['another version than the tag', { url: `${URL}:1.2.3`, version: '1.0.0' }, 'unresolved invalid'],
    [
      'another digest than in the url',
      { url: `${URL}@${DIGEST}`, digest: DIGEST.replaceAll('d', 'e') },
      'unresolved invalid',
    ],
    ['an archive', { url: 'https://charts.example.com/app-1.2.3.tgz' }, 'not-oci http'],
    ['nothing', {}, 'not-oci http'],
    [
      'prereleases too',
      { repository: `oci://${HOST}/charts`, name: 'app', version: '>0.0.0-0' },
      'range charts/app:2.1.0-rc.1',
    ],
    [
      'a digest and a range',
      { repository: `oci://${HOST}/charts`, name: 'app', version: '^1', digest: DIGEST },
      'digest charts/app@DIGEST',
    ],
  ])('%s', async (_what, chart, expected) => {
    expect(await outcome(release(chart))).toEqual([expected]);
  });
});

describe('HelmChart of k3s', () => {
  const k3s = (spec: Json) => object('helm.cattle.io/v1', 'HelmChart', spec);

  it.each<[string, Json, string[]]>([
    [
      'an archive inside counts, whatever else is said',
      { chartContent: 'H4sI', chart: URL },
      ['not-oci inline'],
    ],
    ['no chart is left alone', {}, []],
    [
      'a repository of its own',
      { chart: 'traefik', repo: 'https://traefik.github.io/charts' },
      ['not-oci http'],
    ],
    [
      'a repository that makes oci:// no reference',
      { chart: URL, repo: 'https://x.example' },
      ['not-oci http'],
    ],
    ['an archive', { chart: 'https://%{KUBERNETES_API}%/static/charts/x.tgz' }, ['unresolved templated']],
    ['a file of the job', { chart: '/charts/x.tgz' }, ['not-oci file']],
    ['a tag', { chart: `${URL}:1.2.3` }, ['tag charts/app:1.2.3']],
    ['further arguments for Helm', { chart: `${URL}:1.2.3 --set x=y` }, ['unresolved invalid']],
    ['further arguments in the version', { chart: URL, version: '1.2.3 --devel' }, ['unresolved invalid']],
    ['a range with a space', { chart: URL, version: '>=1.0.0 <1.3.0' }, ['unresolved invalid']],
    ['a range without', { chart: URL, version: '>=1.0.0,<1.3.0' }, ['range charts/app:1.2.3']],
  ])('%s', async (_what, spec, expected) => {
    expect(await outcome(k3s(spec))).toEqual(expected);
  });
});

describe('Fleet', () => {
  const fleet = (kind: string, spec: Json) => object('fleet.cattle.io/v1alpha1', kind, spec);

  it.each<[string, Json, string[]]>([
    [
      'a target takes what it leaves empty from the bundle',
      {
        helm: { repo: URL, version: '1.2.3' },
        targets: [{ helm: { version: '1.0.0' } }, { helm: { values: {} } }, { name: 'x' }],
      },
      ['tag charts/app:1.2.3', 'tag charts/app:1.0.0'],
    ],
    [
      'oci:// in chart counts without repo',
      { helm: { chart: URL, version: '1.2.3' } },
      ['tag charts/app:1.2.3'],
    ],
    [
      'oci:// in chart beside a repo is a name',
      { helm: { chart: URL, repo: 'https://x.example' } },
      ['not-oci http'],
    ],
    ['an archive', { helm: { chart: 'https://x.example/app.tgz' } }, ['not-oci http']],
    ['nothing', {}, ['unresolved invalid']],
  ])('HelmOp: %s', async (_what, spec, expected) => {
    expect(await outcome(fleet('HelmOp', spec))).toEqual(expected);
  });

  it('reads a Bundle of Git as what it holds', async () => {
    const resources = [{ name: 'Chart.yaml', content: 'name: x' }];
    expect(await outcome(fleet('Bundle', { resources, helm: { chart: URL } }))).toEqual(['not-oci inline']);
    expect(await outcome(fleet('Bundle', { contentsId: 's-1' }))).toEqual(['not-oci inline']);
    expect(await outcome(fleet('Bundle', {}))).toEqual([]);
  });

  it('reads a BundleDeployment as what the agent deploys', async () => {
    const options = { helm: { repo: URL, version: '1.2.3' } };
    expect(await outcome(fleet('BundleDeployment', { options, deploymentID: 's-1:x' }))).toEqual([
      'not-oci inline',
    ]);
    const stored = { options, helmChartOptions: {}, ociContents: true, deploymentID: 's-1:x' };
    expect(await outcome(fleet('BundleDeployment', stored))).toEqual(['not-oci inline']);
  });
});

describe('Sveltos', () => {
  const profile = (chart: Json) =>
    object('config.projectsveltos.io/v1beta1', 'ClusterProfile', {
      helmCharts: [{ chartVersion: '1.2.3', ...chart }],
    });

  it.each<[string, Json, string]>([
    ['a chart in a repository of Git', { repositoryURL: 'gitrepository://flux/charts/app' }, 'not-oci git'],
    ['a chart in a bucket', { repositoryURL: 'Bucket://flux/charts/app' }, 'not-oci bucket'],
    ['a chart in an artifact', { repositoryURL: 'ocirepository://team/it/.' }, 'tag charts/app:1.0.0'],
    ['one that is not there', { repositoryURL: 'ocirepository://team/other/.' }, 'unresolved absent'],
    ['one of each cluster', { repositoryURL: 'ocirepository:///it/.' }, 'unresolved templated'],
    ['one without a path', { repositoryURL: 'ocirepository://team/it' }, 'unresolved invalid'],
    [
      'a templated one',
      { repositoryURL: 'ocirepository://{{ .Cluster.metadata.namespace }}/it/.' },
      'unresolved templated',
    ],
    ['the older form', { repositoryURL: 'oci://x.example', chartName: URL }, 'tag charts/app:1.2.3'],
    [
      'one to be uninstalled, whose hooks run',
      { repositoryURL: `oci://${HOST}/charts`, chartName: 'app', helmChartAction: 'Uninstall' },
      'tag charts/app:1.2.3',
    ],
  ])('%s', async (_what, chart, expected) => {
    expect(await outcome(profile(chart), cluster(oci(URL, { tag: '1.0.0' })))).toEqual([expected]);
  });
});

describe('App of kapp-controller', () => {
  const app = (...fetch: unknown[]) => object('kappctrl.k14s.io/v1alpha1', 'App', { fetch });

  it.each<[string, Json, string[]]>([
    ['an image', { image: { url: `${HOST}/charts/app` } }, ['tag charts/app:latest']],
    [
      'an image with a digest',
      { image: { url: `${HOST}/charts/app@${DIGEST}` } },
      ['digest charts/app@DIGEST'],
    ],
    ['an image with a tag of any kind', { image: { url: `${HOST}/a:build_7` } }, ['tag a:build_7']],
    ['an image of Docker Hub', { image: { url: 'team/app:1.0' } }, ['tag oci://docker.io/team/app:1.0']],
    ['a bundle', { imgpkgBundle: { image: `${HOST}/charts/app:1.2.3` } }, ['tag charts/app:1.2.3']],
    [
      'a choice among tags',
      { image: { url: 'x/y', tagSelection: { semver: {} } } },
      ['unresolved unsupported'],
    ],
    ['git', { git: { url: 'https://git.example.com/x' } }, ['not-oci git']],
    ['http', { http: { url: 'https://x.example/app.tgz' } }, ['not-oci http']],
    ['files', { inline: { paths: { 'a.yml': 'x' } } }, ['not-oci inline']],
    ['two at once', { inline: {}, git: { url: 'x' } }, ['not-oci git', 'not-oci inline']],
    ['something new', { torrent: {} }, ['unresolved unknown']],
  ])('%s', async (_what, source, expected) => {
    expect(await outcome(app(source))).toEqual(expected);
  });
});

describe('an object', () => {
  it('of another kind names nothing', () => {
    expect(readUses(object('v1', 'Secret', {}))).toBeUndefined();
    expect(readUses(object('apps/v1', 'Deployment', {}))).toBeUndefined();
    expect(readUses(object('example.com/v1', 'HelmRelease', {}))).toBeUndefined();
  });

  it.each(KINDS.map((kind) => [kind.group, kind.kind, kind] as const))(
    'of %s/%s whose spec is none is unresolved',
    async (group, kind, { versions }) => {
      for (const spec of ['text', 7, [], true]) {
        expect(await outcome(object(`${group}/${versions[0]}`, kind, spec))).toEqual(['unresolved invalid']);
      }
    },
  );

  it('has no field but its own', () => {
    const odd = JSON.parse('{"__proto__": {"url": "x"}}');
    expect([field({}, 'constructor'), field(odd, 'url'), field('text', 'length')]).toEqual(
      Array(3).fill(undefined),
    );
    expect(field(odd, '__proto__', 'url')).toBe('x');
  });

  it('that cannot be read for whatever reason is unresolved', async () => {
    const spec = Object.defineProperty({}, 'url', {
      enumerable: true,
      get: () => {
        throw new Error('no such shape');
      },
    });
    expect(await outcome(object('source.toolkit.fluxcd.io/v1', 'OCIRepository', spec))).toEqual([
      'unresolved unknown',
    ]);
  });

  it('of a version nobody has read is unresolved', async () => {
    expect(await outcome(object('helm.toolkit.fluxcd.io/v9', 'HelmRelease', {}))).toEqual([
      'unresolved unknown',
    ]);
  });

  it('says where in it a chart is named', () => {
    const sources = [{}, { repoURL: HOST, chart: 'app', targetRevision: '1.2.3' }];
    const read = readUses(object('argoproj.io/v1alpha1', 'Application', { sources }));
    expect(read?.uses.map(({ path, at }) => [path, at])).toEqual([
      ['/spec/sources/0', 'spec.sources[0]'],
      ['/spec/sources/1', 'spec.sources[1]'],
    ]);
  });
});
