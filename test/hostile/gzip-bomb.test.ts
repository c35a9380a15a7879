import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../../src/chart/index.ts';
import { CHART_YAML, END, failures, makeChart, makeTar, streamOf, tarEntry } from '../chart/make-tar.ts';

const MIB = 1024 * 1024;
const chart = { name: 'app/Chart.yaml', body: CHART_YAML };

test('a file larger than Helm reads stops at its header', async () => {
  const facts = await readArchive(
    streamOf(makeChart({ name: 'app/big', body: new Uint8Array(5 * MIB + 1) })),
  );
  expect(failures(facts)).toEqual(['archive.too_large']);
  expect(facts.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test('a size that nobody has: 8 GiB claimed, nothing there', async () => {
  const facts = await readArchive(streamOf(makeChart({ name: 'app/big', size: 0o77777777777 })));
  expect(failures(facts)).toEqual(['archive.too_large']);
});

test('many files within the limit of one, beyond that of all', async () => {
  const body = new Uint8Array(4 * MIB);
  const files = Array.from({ length: 26 }, (_, i) => ({ name: `app/${i}`, body }));
  expect(failures(await readArchive(streamOf(gzipSync(makeTar([chart, ...files])))))).toEqual([
    'archive.too_large',
  ]);
});

test('zeros without end after the tar', async () => {
  const member = gzipSync(new Uint8Array(16 * MIB));
  const head = gzipSync(makeTar([chart]));
  const facts = await readArchive(
    streamOf(Buffer.concat([head, ...Array.from({ length: 12 }, () => member)])),
  );
  expect(failures(facts)).toEqual(['archive.too_large']);
});

test('an archive in an archive in an archive', async () => {
  let inner = gzipSync(makeTar([chart]));
  for (let i = 0; i < 8; i++) inner = gzipSync(makeTar([chart, { name: 'app/charts/app.tgz', body: inner }]));
  expect(failures(await readArchive(streamOf(inner)))).toEqual(['archive.too_large']);
});

test('packed subcharts share one budget', async () => {
  const bomb = gzipSync(
    makeTar([
      chart,
      ...Array.from({ length: 9 }, (_, i) => ({ name: `app/${i}`, body: new Uint8Array(4 * MIB) })),
    ]),
  );
  const files = Array.from({ length: 6 }, (_, i) => ({ name: `app/charts/${i}.tgz`, body: bomb }));
  expect(failures(await readArchive(streamOf(gzipSync(makeTar([chart, ...files])))))).toEqual([
    'archive.too_large',
  ]);
});

test('entries without number', async () => {
  const entry = tarEntry({ name: 'app/d/', type: '5' });
  const many = Buffer.concat([
    tarEntry(chart),
    ...Array.from({ length: DEFAULT_ARCHIVE_LIMITS.entries }, () => entry),
    END,
  ]);
  expect(failures(await readArchive(streamOf(gzipSync(many))))).toEqual(['archive.too_large']);
});

test('an extended header of 2 MiB', async () => {
  const facts = await readArchive(
    streamOf(makeChart({ name: 'x', type: 'x', body: new Uint8Array(2 * MIB) })),
  );
  expect(failures(facts)).toEqual(['archive.invalid']);
});

test('thousands of traps make no thousands of checks', async () => {
  const links = Array.from({ length: 2000 }, (_, i) => ({ name: `app/l${i}`, type: '2', link: 'x' }));
  const facts = await readArchive(streamOf(gzipSync(makeTar([chart, ...links]))));
  expect(facts.checks.length).toBeLessThanOrEqual(DEFAULT_ARCHIVE_LIMITS.checks);
});

test('more compressed bytes than allowed end the reading with an error', async () => {
  await expect(readArchive(streamOf(makeChart()), { compressedBytes: 10 })).rejects.toMatchObject({
    code: 'archive.too_large',
  });
});
