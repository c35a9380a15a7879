import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { CHART_YAML, failures, infos, makeChart, makeTar, streamOf } from '../chart/make-tar.ts';

test('two Chart.yaml fail; the metadata is the mixture that Helm makes of them', async () => {
  const facts = await readArchive(
    streamOf(makeChart({ name: 'app/Chart.yaml', body: 'version: 9.9.9\nappVersion: "1"\n' })),
  );
  expect(failures(facts)).toEqual(['archive.duplicate']);
  expect(facts.metadata).toEqual({ apiVersion: 'v2', name: 'app', version: '9.9.9', appVersion: '1' });
});

test.each(['app/./Chart.yaml', 'app/x/../Chart.yaml', 'other/Chart.yaml', 'app\\Chart.yaml'])(
  'a second one by another path: %s',
  async (name) => {
    expect(failures(await readArchive(streamOf(makeChart({ name, body: CHART_YAML }))))).toContain(
      'archive.duplicate',
    );
  },
);

test('another case is a fact', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: 'app/chart.YAML', body: 'name: evil\n' })));
  expect(failures(facts)).toEqual([]);
  expect(infos(facts)).toEqual(['archive.case_duplicate']);
  expect(facts.metadata.name).toBe('app');
});

test('a link in place of an earlier file is a duplicate too', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: 'app/Chart.yaml', type: '2', link: 'x' })));
  expect(failures(facts)).toEqual(['archive.duplicate', 'archive.link']);
});

test("equal keys and keys in other case within Chart.yaml: Helm's choice", async () => {
  const body = 'name: first\nversion: 1.0.0\nName: upper\nname: app\n';
  const facts = await readArchive(streamOf(gzipSync(makeTar([{ name: 'app/Chart.yaml', body }]))));
  expect(facts.metadata.name).toBe('app');
});
