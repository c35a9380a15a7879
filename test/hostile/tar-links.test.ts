import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { CHART_YAML, END, failures, makeChart, streamOf, type TarSpec, tarEntry } from '../chart/make-tar.ts';

test.each<[string, TarSpec, string[]]>([
  ['symbolic link', { name: 'app/values.yaml', type: '2', link: '/etc/passwd' }, ['archive.link']],
  ['hard link', { name: 'app/values.yaml', type: '1', link: 'app/Chart.yaml' }, ['archive.link']],
  ['character device', { name: 'app/null', type: '3' }, ['archive.special']],
  ['block device', { name: 'app/sda', type: '4' }, ['archive.special']],
  ['named pipe', { name: 'app/pipe', type: '6' }, ['archive.special']],
  ['contiguous file', { name: 'app/x', type: '7' }, ['archive.special']],
  ['file whose mode says directory', { name: 'app/values.yaml', mode: 0o40755 }, ['archive.ambiguous']],
])('a %s', async (_what, spec, codes) => {
  expect(failures(await readArchive(streamOf(makeChart(spec))))).toEqual(codes);
});

test('an entry of a type that nobody knows is named, and readers disagree on it', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: 'app/x', type: 'Z', body: 'x' })));
  expect(failures(facts)).toContain('archive.special');
});

test('Chart.yaml as a link to itself is an empty file to Helm', async () => {
  const tar = Buffer.concat([
    tarEntry({ name: 'app/Chart.yaml', type: '2', link: 'app/Chart.yaml', body: '' }),
    tarEntry({ name: 'app/x', body: CHART_YAML }),
    END,
  ]);
  expect(failures(await readArchive(streamOf(gzipSync(tar))))).toEqual([
    'archive.chart_yaml',
    'archive.link',
  ]);
});

test('a sparse file ends the reading', async () => {
  expect(failures(await readArchive(streamOf(makeChart({ name: 'app/x', type: 'S' }))))).toEqual([
    'archive.sparse',
  ]);
});
