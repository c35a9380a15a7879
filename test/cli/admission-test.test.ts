import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, directory, fixture, servedRegistry } from './support.ts';

let registry: Awaited<ReturnType<typeof servedRegistry>>;
let there: Awaited<ReturnType<typeof directory>>;

beforeAll(async () => {
  registry = await servedRegistry();
  there = await directory({
    'release.asc': await fixture('release.asc'),
    'chartseal.yaml': configOf(),
    'audit.yaml': configOf({ notOci: 'warn', unresolved: 'warn' }, 'warn'),
    'down.yaml': configOf({ onInconclusive: 'deny' }, 'enforce', '127.0.0.1:1'),
  });
});
afterAll(async () => {
  await registry.server.close();
  await there.done();
});

const configOf = (admission: object = {}, mode = 'enforce', host = registry.host) =>
  JSON.stringify({
    registries: [{ host, plainHttp: true }],
    trust: { release: { pgp: 'release.asc' } },
    policies: [{ name: 'default', match: ['**'], require: 'release', mode }],
    // Neither is needed to look at objects.
    callers: { ci: { token: { secret: 'NOT_SET' } } },
    admission: { pathSecret: { secret: 'NOT_SET_EITHER' }, callers: ['ci'], ...admission },
    limits: { retries: 0 },
  });

const repository = (name: string, path: string, tag = '1.2.3', host = registry.host) => `
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: { name: ${name} }
spec: { url: "oci://${host}/${path}", ref: { tag: ${tag} } }
`;
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n';
const stream = (...documents: string[]) => documents.join('---\n');

/** Runs the command over this input. */
const run = (input: string, ...more: string[]) =>
  cli(['admission', 'test', '-f', '-', ...more], {
    cwd: there.path,
    readStdin: async () => new TextEncoder().encode(input),
  });

describe('chartseal admission test', () => {
  test('admits objects whose charts are signed, and counts the others: 0', async () => {
    const { status, stdout, stderr } = await run(stream(POD, repository('a', 'charts/app'), '\n', POD));
    expect([status, stdout]).toEqual([0, 'admitted  OCIRepository default/a\n']);
    expect(stderr).toContain('1 of 1 objects that name charts would be admitted, 0 denied; 2 other objects');
  });

  test('says of each object what would be denied, and why: 1', async () => {
    const input = stream(
      repository('good', 'charts/app'),
      repository('bad', 'unsigned/app'),
      repository('gone', 'charts/none'),
      repository('else', 'charts/app', '1.2.3', 'elsewhere.test'),
    );
    const { status, stdout } = await run(input, '-n', 'team');
    expect(status).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('admitted  OCIRepository team/good');
    expect(lines[1]).toMatch(
      /^denied {4}OCIRepository team\/bad: oci:.* is not signed by release \(pgp\.provenance_missing/,
    );
    expect(lines[2]).toContain('chart.not_found');
    expect(lines[3]).toContain('registry.not_listed');
  });

  test('reads Lists and JSON, and lets objects of one input refer to each other', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'helm.toolkit.fluxcd.io/v2',
          kind: 'HelmRelease',
          metadata: { name: 'app', namespace: 'apps' },
          spec: {
            chart: {
              spec: {
                chart: 'app',
                version: '1.2.3',
                sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: 'flux' },
              },
            },
          },
        },
        {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'HelmRepository',
          metadata: { name: 'charts', namespace: 'flux' },
          spec: { type: 'oci', url: `oci://${registry.host}/charts` },
        },
      ],
    };
    const { status, stdout } = await run(JSON.stringify(list));
    expect([status, stdout]).toEqual([
      0,
      'admitted  HelmRelease apps/app\nadmitted  HelmRepository flux/charts\n',
    ]);
    const alone = await run(JSON.stringify({ ...list, items: list.items.slice(0, 1) }));
    expect([alone.status, alone.stdout.includes('k8s.unresolved_reference')]).toEqual([1, true]);
  });

  test('tells what could not be found out from what is denied: 3, or 1 when there is both', async () => {
    const down = repository('a', 'charts/app', '1.2.3', '127.0.0.1:1');
    const only = await run(down, '--config', 'down.yaml');
    expect([only.status, only.stdout.startsWith('unknown   OCIRepository default/a')]).toEqual([3, true]);
    const both = await run(stream(down, repository('b', 'charts/app')), '--config', 'down.yaml');
    expect(both.status).toBe(1);
  });

  test('shows warnings where policies only warn: 0', async () => {
    const { status, stdout, stderr } = await run(repository('a', 'unsigned/app'), '--config', 'audit.yaml');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^admitted {2}OCIRepository default\/a\n {10}warning: oci:.*pgp\.provenance_missing/,
    );
    expect(stderr).toContain('1 with warnings');
  });

  test('shows with --mutate what would be pinned', async () => {
    const { stdout } = await run(repository('a', 'charts/app'), '--mutate');
    expect(stdout).toMatch(
      /patch: \{"op":"add","path":"\/spec\/ref\/digest","value":"sha256:[0-9a-f]{64}"\}/,
    );
  });

  test('as JSON for programs', async () => {
    const input = stream(repository('a', 'charts/app'), repository('b', 'unsigned/app'));
    const { stdout } = await run(input, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        kind: 'OCIRepository',
        namespace: 'default',
        name: 'a',
        allowed: true,
        charts: [{ verdict: 'allow' }],
      },
      { name: 'b', allowed: false, message: expect.stringContaining('pgp.provenance_missing') },
    ]);
  });

  test('reads a file', async () => {
    const files = await directory({
      'app.yaml': repository('a', 'charts/app'),
      'chartseal.yaml': configOf(),
      'release.asc': await fixture('release.asc'),
    });
    const { status } = await cli(['admission', 'test', '--file', 'app.yaml'], { cwd: files.path });
    expect(status).toBe(0);
    await files.done();
  });

  test('reads every file that is named, and objects of one refer to those of another', async () => {
    const other = repository('b', 'unsigned/app');
    const files = await directory({
      'bad.yaml': other,
      'good.yaml': repository('a', 'charts/app'),
      'chartseal.yaml': configOf(),
      'release.asc': await fixture('release.asc'),
    });
    const { status, stdout } = await cli(['admission', 'test', '-f', 'bad.yaml', '-f', 'good.yaml'], {
      cwd: files.path,
    });
    expect([status, stdout.split('\n').length - 1]).toEqual([1, 2]);
    expect(stdout).toContain('denied    OCIRepository default/b');
    await files.done();
  });

  test.each([
    ['values of a chart', 'image: { tag: "1" }'],
    ['an empty map', '{}'],
    ['a raw list, whose items do not say what they are', `{ apiVersion: v1, kind: PodList, items: [{}] }`],
  ])('does not take %s for objects without charts: 2', async (_, input) => {
    const { status, stdout, stderr } = await run(input);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('no object of Kubernetes');
  });

  test.each([
    ['what is no YAML', 'a: [', 'line 1: not readable as YAML'],
    ['a text', 'hello', 'one of the documents is no object'],
    ['endless aliases', `a: &a [x]\n${'b: *a\n'.repeat(3)}`, 'not readable as YAML'],
    ['YAML nested too deep', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`, 'not readable as YAML'],
  ])('refuses %s: 2', async (_, input, message) => {
    const { status, stdout, stderr } = await run(input);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  test('without input or with a file that is not there: 2', async () => {
    for (const argv of [['-f', '-'], ['-f', 'missing.yaml'], []]) {
      expect((await cli(['admission', 'test', ...argv], { cwd: there.path })).status).toBe(2);
    }
  });

  test('of nothing that names charts is 0', async () => {
    expect((await run(POD)).stderr).toContain('0 of 0 objects');
    expect((await run('{apiVersion: v1, kind: List, items: []}')).status).toBe(0);
  });

  test('of no input at all is 2: the command before the pipe may have failed', async () => {
    const { status, stderr } = await run('\n');
    expect(status).toBe(2);
    expect(stderr).toContain('it is empty');
  });
});
