import { describe, expect, it } from 'vitest';
import { type AdmissionOptions, admissionWorld, ociRepository, pushApp } from '../support.ts';

// Each setting of `admission` decides on what it is named after, and on nothing else: all others say something else here.

const SETTINGS = ['onInconclusive', 'notOci', 'unresolved', 'unreadable', 'ranges', 'tags'] as const;
type Setting = (typeof SETTINGS)[number];
const DECISIONS = ['allow', 'warn', 'deny'] as const;
type Decision = (typeof DECISIONS)[number];

const APP = 'oci://registry.test/charts/app';

const OBJECTS: Record<Setting, { object: (digest: string) => object; code: string }> = {
  onInconclusive: { object: (digest) => ociRepository(APP, { digest }), code: 'registry.unavailable' },
  notOci: {
    object: () => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'app' },
      spec: { source: { repoURL: 'https://git.test/x.git', path: 'a' } },
    }),
    code: 'k8s.not_oci',
  },
  unresolved: {
    object: () => ({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'app', namespace: 'default' },
      spec: { chartRef: { kind: 'OCIRepository', name: 'other' } },
    }),
    code: 'k8s.unresolved_reference',
  },
  unreadable: {
    object: () => ociRepository(APP, { semver: '*', semverFilter: '.*' }),
    code: 'k8s.unreadable',
  },
  ranges: { object: () => ociRepository(APP, { semver: '^1.0.0' }), code: 'k8s.range' },
  tags: { object: () => ociRepository(APP), code: 'k8s.tag' },
};

const CASES = SETTINGS.flatMap((setting) => DECISIONS.map((decision) => [setting, decision] as const));

async function start(setting: Setting, decision: Decision, more: AdmissionOptions = {}) {
  const other = decision === 'allow' ? 'deny' : 'allow';
  const admission = Object.fromEntries(SETTINGS.map((name) => [name, name === setting ? decision : other]));
  const world = await admissionWorld({ admission, config: { limits: { retries: 0 } }, ...more });
  const { digest } = await pushApp(world.registry);
  if (setting === 'onInconclusive') world.registry.quirks = { status: { status: 503 } };
  return { world, digest };
}

const NOTHING = { allow: [true, 0, false], warn: [true, 1, false], deny: [false, 0, true] } as const;

describe.each(CASES)('%s: %s', (setting, decision) => {
  it.each(['validate', 'mutate'])('decides a review (%s)', async (mode) => {
    const { world, digest } = await start(setting, decision);
    const { object, code } = OBJECTS[setting];
    const { allowed, warnings = [], status } = await world.review(object(digest), {}, mode);
    // What is pinned is no tag any more.
    const expected = setting === 'tags' && mode === 'mutate' ? NOTHING.allow : NOTHING[decision];
    expect([allowed, warnings.length, status !== undefined]).toEqual(expected);
    for (const text of [...warnings, ...(status ? [status.message] : [])]) expect(text).toContain(code);
  });

  it('decides on a key of Gatekeeper', async () => {
    if (setting === 'notOci' || setting === 'unresolved' || setting === 'unreadable') return;
    const { world, digest } = await start(setting, decision);
    const key = { onInconclusive: `${APP}@${digest}`, ranges: APP, tags: `${APP}:1.2.3` }[setting];
    const [item] = (await world.provide([key])).items;
    expect(item.error.includes(OBJECTS[setting].code)).toBe(decision === 'deny');
    expect(item.value === null).toBe(decision === 'deny');
  });
});

it.each(['ranges', 'tags'] as const)(
  'what is refused for its name (%s) costs no verification',
  async (setting) => {
    const { world, digest } = await start(setting, 'deny');
    world.registry.reset();
    expect((await world.review(OBJECTS[setting].object(digest))).allowed).toBe(false);
    expect(world.registry.count(/manifests|blobs/)).toBe(0);
  },
);

it.each([
  ['a tag', { tag: '1.2.3' }],
  ['a range', { semver: '^1.0.0' }],
])('a registry that refuses chartseal is no verdict on the chart (%s)', async (_, ref) => {
  const world = await admissionWorld({ admission: { onInconclusive: 'warn', ranges: 'allow' } });
  world.registry.quirks = { status: { status: 403 } };
  const { allowed, auditAnnotations } = await world.review(ociRepository(APP, ref));
  expect([allowed, auditAnnotations.verdict]).toEqual([true, 'inconclusive']);
});

describe('a policy that only warns', () => {
  const policies = [{ name: 'audit', match: ['**'], require: 'release', mode: 'warn' }];

  it('has Gatekeeper pin what it allows, and leave what it would deny as it is', async () => {
    const world = await admissionWorld({ config: { policies } });
    const { digest } = await pushApp(world.registry);
    await pushApp(world.registry, 'unsigned/app', false);
    const unsigned = 'oci://registry.test/unsigned/app:1.2.3';
    const items = (await world.provide([`${APP}:1.2.3`, unsigned], 'mutate')).items;
    expect(items).toMatchObject([
      { value: `${APP}@${digest}`, error: '' },
      { value: unsigned, error: '' },
    ]);
  });

  it('does not let a tag pass that stays a tag', async () => {
    const world = await admissionWorld({ config: { policies }, admission: { tags: 'deny' } });
    await pushApp(world.registry, 'charts/app', false);
    const [item] = (await world.provide([`${APP}:1.2.3`], 'mutate')).items;
    expect(item.error).toContain('k8s.tag');
  });
});

describe('pinning follows the configuration', () => {
  const native = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'app', namespace: 'argocd' },
    spec: { source: { repoURL: APP, path: '.', targetRevision: '1.2.3' } },
  };
  const pathsOf = ({ patch = 'W10=' }: { patch?: string }) =>
    (JSON.parse(atob(patch)) as { path: string }[]).map(({ path }) => path);

  it.each([
    [false, ['/metadata/annotations']],
    [true, ['/spec/source/targetRevision', '/metadata/annotations']],
  ])('pinDrift: %s', async (pinDrift, paths) => {
    const world = await admissionWorld({ admission: { pinDrift } });
    await pushApp(world.registry);
    expect(pathsOf(await world.review(native, {}, 'mutate'))).toEqual(paths);
  });

  it.each([
    [false, []],
    [true, ['/spec/ref/digest', '/metadata/annotations']],
  ])('pinRanges: %s', async (pinRanges, paths) => {
    const world = await admissionWorld({ admission: { pinRanges } });
    await pushApp(world.registry);
    const range = ociRepository(APP, { semver: '^1.0.0' });
    expect(pathsOf(await world.review(range, {}, 'mutate'))).toEqual(paths);
  });
});
