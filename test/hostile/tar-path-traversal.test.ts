import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import {
  CHART_YAML,
  failures,
  infos,
  makeChart,
  makeTar,
  streamOf,
  type TarSpec,
} from '../chart/make-tar.ts';

// "Helm" is what LoadArchiveFiles (helm:pkg/chart/loader/archive/archive.go) does with the name after Chart.yaml.
test.each<[name: string, codes: string[], helm: 'refuses' | 'accepts']>([
  ['app/../../etc/passwd', ['archive.path'], 'refuses'],
  ['app/x/../../y', ['archive.path'], 'refuses'],
  ['app/x/../y', ['archive.path'], 'accepts'],
  ['../app/y', ['archive.path', 'archive.several_roots'], 'accepts'],
  ['/app/y', ['archive.path', 'archive.several_roots'], 'accepts'],
  ['app//etc/passwd', ['archive.path'], 'refuses'],
  ['app/c:/windows', ['archive.path'], 'refuses'],
  ['c:/app/y', ['archive.path', 'archive.several_roots'], 'accepts'],
  ['file-beside', ['archive.path', 'archive.several_roots'], 'refuses'],
  ['app/..hidden', ['archive.path'], 'refuses'],
  ['app\\templates\\a.yaml', ['archive.backslash'], 'accepts'],
  ['app\\..\\..\\evil', ['archive.backslash', 'archive.path'], 'refuses'],
  ['app/x\\..\\..\\evil', ['archive.backslash', 'archive.path', 'archive.several_roots'], 'refuses'],
  ['other/x', ['archive.several_roots'], 'accepts'],
])('%s gives %s (Helm %s it)', async (name, codes) => {
  expect(failures(await readArchive(streamOf(makeChart({ name }))))).toEqual(codes);
});

test('a directory that leads out is named, though Helm skips directories', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: 'app/../../x/', type: '5' })));
  expect(failures(facts)).toEqual(['archive.path']);
});

test('a chart packed on Windows is read by its backslashes, and the trap named', async () => {
  const facts = await readArchive(
    streamOf(gzipSync(makeTar([{ name: 'app\\Chart.yaml', body: CHART_YAML }]))),
  );
  expect(facts.metadata.name).toBe('app');
  expect(failures(facts)).toEqual(['archive.backslash']);
});

test.each<[string, TarSpec, string]>([
  ['not UTF-8', { name: Buffer.from('app/\xff\xfe', 'latin1') }, 'archive.name'],
  ['with a line break', { name: 'app/a\nb' }, 'archive.name'],
  ['too long', { name: 'app/x', type: '0' }, ''],
])('a name %s', async (_what, spec, code) => {
  expect(failures(await readArchive(streamOf(makeChart(spec))))).toEqual(code === '' ? [] : [code]);
});

test('text from names is harmless in messages', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: 'app/../\u001b[31m\u202egnp.exe' })));
  const shown = facts.checks.map((check) => check.message).join('');
  expect(shown).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(infos(facts)).toEqual([]);
});

test('a name longer than the limit stops the reading', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: `app/${'x'.repeat(90)}` })), { pathBytes: 50 });
  expect(failures(facts)).toEqual(['archive.too_large']);
});
