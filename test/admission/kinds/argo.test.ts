import { describe, expect, it } from 'vitest';
import { DIGEST, HOST, type Json, object, outcome } from './support.ts';

const helm = (chart: string, targetRevision: string) => ({
  repoURL: `${HOST}/charts`,
  chart,
  targetRevision,
});
const native = (chart: string, targetRevision: string) => ({
  repoURL: `oci://${HOST}/charts/${chart}`,
  path: '.',
  targetRevision,
});
const git = { repoURL: 'https://git.example.com/values', targetRevision: 'main', ref: 'values' };
const app = (spec: Json, more: Json = {}) => object('argoproj.io/v1alpha1', 'Application', spec, more);
const sync = (of: Json): Json => ({ operation: { sync: of } });

describe('the sources of an Application', () => {
  it('counts `sources` instead of `source`', async () => {
    const spec = { source: helm('evil', '1.0.0'), sources: [helm('app', '1.2.3')] };
    expect(await outcome(app(spec))).toEqual(['tag charts/app:1.2.3']);
    expect(await outcome(app({ source: helm('app', '1.2.3'), sources: [] }))).toEqual([
      'tag charts/app:1.2.3',
    ]);
  });

  it('leaves out a source that only lends its values, and no other', async () => {
    expect(await outcome(app({ sources: [helm('app', '1.2.3'), git] }))).toEqual(['tag charts/app:1.2.3']);
    expect(await outcome(app({ sources: [helm('app', '1.2.3'), { ...git, path: 'x' }] }))).toContain(
      'not-oci git',
    );
    expect(await outcome(app({ source: git }))).toEqual(['not-oci git']);
    // With a chart it is a chart, whatever it lends.
    expect(await outcome(app({ sources: [{ ...helm('app', '1.2.3'), ref: 'x' }] }))).toEqual([
      'tag charts/app:1.2.3',
    ]);
  });

  it('takes oci:// as native, whatever else is said', async () => {
    const source = { ...native('app', '1.2.3'), chart: 'other' };
    expect(await outcome(app({ source }))).toEqual(['tag charts/app:1.2.3']);
  });

  it('refuses a tag in the repository, which the controller drops', async () => {
    const source = { ...native('app', '1.0.0'), repoURL: `oci://${HOST}/charts/app:1.2.3` };
    expect(await outcome(app({ source }))).toEqual(['unresolved invalid']);
  });

  it('reads the source of a hydrator, and sources beside it', async () => {
    const sourceHydrator = {
      drySource: native('dry', '1.0.0'),
      syncSource: { targetBranch: 'x', path: 'y' },
    };
    expect(await outcome(app({ sourceHydrator, source: helm('app', '1.2.3') }))).toEqual([
      'tag charts/dry:1.0.0',
    ]);
    expect(await outcome(app({ sourceHydrator, sources: [helm('app', '1.2.3')] }))).toEqual([
      'tag charts/dry:1.0.0',
      'tag charts/app:1.2.3',
    ]);
  });

  it('names each chart once', async () => {
    expect(await outcome(app({ sources: [helm('app', '1.2.3'), helm('app', '1.2.3')] }))).toHaveLength(1);
  });

  it('names nothing without a source', async () => {
    expect(await outcome(app({}))).toEqual([]);
    expect(await outcome(app({ source: null, sources: null }))).toEqual([]);
  });
});

describe('an operation asks for something else than the spec', () => {
  const spec = { source: helm('app', '1.2.3') };
  const several = { sources: [helm('app', '1.2.3'), helm('db', '1.0.0')] };

  it.each<[string, Json, Json, string[]]>([
    ['a revision', spec, { revision: '1.0.0' }, ['tag charts/app:1.0.0']],
    ['a source', spec, { source: helm('evil', '6.6.6') }, ['tag charts/evil:6.6.6']],
    [
      'a source at a revision',
      spec,
      { source: helm('evil', '1.0.0'), revision: '6.6.6' },
      ['tag charts/evil:6.6.6'],
    ],
    ['sources', spec, { sources: [helm('evil', '6.6.6')] }, ['tag charts/evil:6.6.6']],
    ['revisions', several, { revisions: ['1.3.0', ''] }, ['tag charts/app:1.3.0']],
    [
      'a revision beside a hydrator, whose source is a branch of Git',
      { ...spec, sourceHydrator: { drySource: native('dry', '1.0.0') } },
      { revision: '6.6.6' },
      [],
    ],
    ['too few revisions, which do not count', several, { revisions: ['6.6.6'] }, []],
    ['a revision of several sources, which does not count', several, { revision: '6.6.6' }, []],
    [
      'sources with revisions',
      spec,
      { sources: [helm('a', '1.0.0')], revisions: ['6.6.6'] },
      ['tag charts/a:6.6.6'],
    ],
    ['manifests', spec, { manifests: ['{}'] }, ['not-oci inline']],
    ['manifests of no shape', spec, { manifests: '{}' }, ['not-oci inline']],
    ['nothing', spec, {}, []],
    ['a digest', { source: native('app', '1.2.3') }, { revision: DIGEST }, ['digest charts/app@DIGEST']],
    ['something of no shape', spec, { source: 'x' }, ['unresolved invalid']],
    ['revisions of no shape', spec, { revisions: [1] }, ['unresolved invalid']],
    ['a revision of no shape', spec, { revision: {} }, ['unresolved invalid']],
  ])('%s', async (_what, of, asked, more) => {
    const own = await outcome(app(of));
    expect(await outcome(app(of, sync(asked)))).toEqual([...own, ...more]);
  });

  it('that is under way counts as the status has it, because the controller goes on with that', async () => {
    const status = (phase: string) => ({
      operation: { sync: {} },
      status: {
        operationState: { phase, operation: {}, syncResult: { source: helm('evil', '6.6.6'), revision: '' } },
      },
    });
    expect(await outcome(app(spec, status('Running')))).toContain('tag charts/evil:6.6.6');
    expect(await outcome(app(spec, status('Terminating')))).toContain('tag charts/evil:6.6.6');
    expect(await outcome(app(spec, status('made up')))).toContain('tag charts/evil:6.6.6');
    expect(await outcome(app(spec, status('Succeeded')))).toEqual(['tag charts/app:1.2.3']);
    // Without an operation nothing goes on, and the controller writes what it did on every change of status.
    const { operation: _, ...done } = status('Running');
    expect(await outcome(app(spec, done))).toEqual(['tag charts/app:1.2.3']);
  });

  it('that is retried counts as it was asked for', async () => {
    const operationState = { phase: 'Running', operation: { sync: { source: helm('evil', '6.6.6') } } };
    const more = { operation: { sync: {} }, status: { operationState } };
    expect(await outcome(app(spec, more))).toContain('tag charts/evil:6.6.6');
  });
});

describe('an ApplicationSet', () => {
  const set = (spec: Json) => object('argoproj.io/v1alpha1', 'ApplicationSet', spec);
  const template = { spec: { source: helm('app', '1.2.3') } };

  it('is its template and what generators lay over it', async () => {
    const generators = [
      { list: { elements: [], template: { metadata: {}, spec: { source: { targetRevision: '1.0.0' } } } } },
      { matrix: { generators: [{ list: { template: { spec: { source: helm('ignored', '1.0.0') } } } }] } },
      { clusters: { template: { spec: { sources: [helm('db', '1.3.0')] } } } },
    ];
    expect(await outcome(set({ template, generators }))).toEqual([
      'tag charts/app:1.2.3',
      'tag charts/app:1.0.0',
      'tag charts/db:1.3.0',
    ]);
  });

  it('is unresolved as a whole with more charts than anybody has', async () => {
    const generators = Array.from({ length: 3 }, (_, g) => ({
      clusters: {
        template: { spec: { sources: Array.from({ length: 80 }, (_, i) => helm(`c${g}-${i}`, '1.0.0')) } },
      },
    }));
    expect(await outcome(set({ template, generators }))).toEqual(['unresolved unsupported']);
  });

  it('is unresolved as a whole where the same chart many times would hide another', async () => {
    const over = (sources: Json[]) => ({ clusters: { template: { spec: { sources } } } });
    const same = Array.from({ length: 100 }, () => helm('app', '1.2.3'));
    const generators = [...Array.from({ length: 6 }, () => over(same)), over([helm('evil', '6.6.6')])];
    expect(await outcome(set({ template, generators }))).toEqual(['unresolved unsupported']);
  });

  it('is unresolved where parameters choose the chart, and only there', async () => {
    const source = { ...helm('app', '{{.version}}'), helm: { releaseName: '{{.name}}' } };
    expect(await outcome(set({ template: { spec: { source } } }))).toEqual(['unresolved templated']);
    const fixed = { ...helm('app', '1.2.3'), path: '{{path}}', helm: { releaseName: '{{name}}' } };
    expect(await outcome(set({ template: { spec: { source: fixed } } }))).toEqual(['tag charts/app:1.2.3']);
  });

  it('is unresolved when text is patched in afterwards', async () => {
    expect(await outcome(set({ template, templatePatch: 'spec: {}' }))).toEqual([
      'tag charts/app:1.2.3',
      'unresolved templated',
    ]);
  });
});
