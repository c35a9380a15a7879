import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { CHART_YAML, failures, infos, makeChart, makeTar, streamOf } from './make-tar.ts';

const read = (bytes: Uint8Array, chunk?: number) => readArchive(streamOf(bytes, chunk));

describe('a good chart', () => {
  test('gives digest, size, metadata and counts, however it is cut into chunks', async () => {
    const bytes = makeChart(
      { name: 'app/templates/a.yaml', body: 'x: y' },
      { name: 'app/templates/', type: '5' },
    );
    for (const chunk of [1, 7, 512, 1_000_000]) {
      const facts = await read(bytes, chunk);
      expect(facts).toMatchObject({
        digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        size: bytes.length,
        metadata: { name: 'app', version: '1.2.3', apiVersion: 'v2' },
        baseDirectory: 'app',
        files: { count: 2, bytes: CHART_YAML.length + 4 },
        subcharts: [],
        dependencies: [],
      });
      expect(facts.checks.map((check) => check.code)).toEqual(['archive.read']);
    }
  });

  test('requirements.yaml is merged, wherever it stands, and a missing apiVersion is v1', async () => {
    const facts = await read(
      gzipSync(
        makeTar([
          {
            name: 'app/requirements.yaml',
            body: 'dependencies:\n- name: redis\n  version: ^1\n  repository: https://example.com\n',
          },
          { name: 'app/Chart.yaml', body: 'name: app\nversion: 1.2.3\n' },
        ]),
      ),
    );
    expect(facts.metadata).toMatchObject({ apiVersion: 'v1', dependencies: [{ name: 'redis' }] });
    expect(facts.dependencies).toEqual([{ name: 'redis', version: '^1', repository: 'https://example.com' }]);
    expect(failures(facts)).toEqual([]);
    expect(infos(facts)).toEqual(['archive.dependency']);
  });

  test('subcharts, packed and unpacked and within each other, are facts', async () => {
    const inner = gzipSync(
      makeTar([
        { name: 'b/Chart.yaml', body: 'name: b\nversion: 2.0.0\n' },
        { name: 'b/charts/c/Chart.yaml', body: 'name: c\nversion: 3.0.0\n' },
      ]),
    );
    const facts = await read(
      makeChart(
        { name: 'app/charts/a/Chart.yaml', body: 'name: a\nversion: 1.0.0\n' },
        { name: 'app/charts/b-2.0.0.tgz', body: inner },
        { name: 'app/charts/b-2.0.0.tgz.prov', body: 'whatever' },
        { name: 'app/charts/_old/Chart.yaml', body: 'name: old\nversion: 1.0.0\n' },
        { name: 'app/charts/.hidden.tgz', body: 'no gzip' },
      ),
    );
    expect(failures(facts)).toEqual([]);
    expect(facts.subcharts).toEqual([
      { path: 'charts/b-2.0.0.tgz', name: 'b', version: '2.0.0' },
      { path: 'charts/b-2.0.0.tgz/charts/c', name: 'c', version: '3.0.0' },
      { path: 'charts/a', name: 'a', version: '1.0.0' },
    ]);
    expect(infos(facts)).toEqual(['archive.subchart']);
  });

  test('a bad subchart spoils the chart, as in Helm', async () => {
    const facts = await read(makeChart({ name: 'app/charts/bad.tgz', body: 'no gzip' }));
    expect(failures(facts)).toContain('archive.invalid');
    const bad = gzipSync(makeTar([{ name: 'b/Chart.yaml', body: 'name: ../b\nversion: 2.0.0\n' }]));
    expect(failures(await read(makeChart({ name: 'app/charts/b.tgz', body: bad })))).toEqual([
      'archive.chart_yaml',
    ]);
  });

  test('facts that decide nothing', async () => {
    const facts = await read(
      gzipSync(
        makeTar([
          { name: 'pax_global_header', type: 'g', body: '14 comment=abc\n'.replace('14', '15') },
          { name: 'other/Chart.yaml', body: `\ufeff${CHART_YAML}` },
          { name: 'other/README.md' },
          { name: 'other/readme.md' },
        ]),
      ),
    );
    expect(failures(facts)).toEqual([]);
    expect(infos(facts)).toEqual(['archive.base_name', 'archive.bom', 'archive.case_duplicate']);
    expect(facts.baseDirectory).toBe('other');
  });

  test('several gzip members are one archive, as in Go', async () => {
    const tar = makeTar([{ name: 'app/Chart.yaml', body: CHART_YAML }]);
    const facts = await read(Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]));
    expect(failures(facts)).toEqual([]);
    expect(facts.metadata.name).toBe('app');
  });
});

describe('no chart', () => {
  test.each([
    ['nothing', Buffer.alloc(0), ['archive.invalid']],
    ['no gzip', Buffer.from('name: app\n'.repeat(100)), ['archive.invalid']],
    ['no tar', gzipSync(Buffer.from('name: app\n'.repeat(100))), ['archive.invalid']],
    ['an empty tar', gzipSync(Buffer.alloc(1024)), ['archive.no_chart']],
    [
      'Chart.yaml at the root',
      gzipSync(makeTar([{ name: 'Chart.yaml', body: CHART_YAML }])),
      ['archive.no_chart', 'archive.root_chart_yaml'],
    ],
    [
      'a base directory "."',
      gzipSync(makeTar([{ name: './app/Chart.yaml', body: CHART_YAML }])),
      ['archive.no_chart'],
    ],
    ['other case', gzipSync(makeTar([{ name: 'app/chart.yaml', body: CHART_YAML }])), ['archive.no_chart']],
  ])('%s', async (_name, bytes, codes) => {
    const facts = await read(bytes);
    expect(failures(facts)).toEqual(codes.toSorted());
    expect(facts.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  });

  test.each([
    'name: [',
    'name: [a]',
    'version: 1.0.0',
    'name: app\nversion: one',
    '\xff',
    'name: app\nversion: 1.0.0\ntype: plugin',
  ])('Chart.yaml that says %j', async (body) => {
    const bytes = gzipSync(makeTar([{ name: 'app/Chart.yaml', body: Buffer.from(body, 'latin1') }]));
    expect(failures(await read(bytes))).toEqual(['archive.chart_yaml']);
  });

  test('the message is in the words of Helm', async () => {
    const facts = await read(gzipSync(makeTar([{ name: 'app/Chart.yaml', body: 'name: {a: b' }])));
    expect(facts.checks[0]?.message).toBe(
      "cannot load Chart.yaml: error converting YAML to JSON: yaml: line 1: did not find expected ',' or '}'",
    );
  });
});

test('an error of the stream is passed on', async () => {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('the registry went away'));
    },
  });
  await expect(readArchive(stream)).rejects.toThrow('the registry went away');
});
