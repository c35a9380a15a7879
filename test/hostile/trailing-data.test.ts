import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { CHART_YAML, failures, infos, makeChart, makeTar, streamOf, tarEntry } from '../chart/make-tar.ts';

const tar = makeTar([{ name: 'app/Chart.yaml', body: CHART_YAML }]);

test.each<[string, Buffer, string[]]>([
  ['text after the gzip data', Buffer.concat([makeChart(), Buffer.from('junk')]), ['archive.trailing_data']],
  ['zeros after the gzip data', Buffer.concat([makeChart(), Buffer.alloc(100)]), ['archive.trailing_data']],
  [
    'the beginning of a gzip header after it',
    Buffer.concat([makeChart(), Buffer.from([0x1f])]),
    ['archive.trailing_data'],
  ],
  ['a second archive after the first', Buffer.concat([makeChart(), makeChart()]), ['archive.trailing_data']],
  [
    'a file after the end of the tar',
    gzipSync(Buffer.concat([tar, tarEntry({ name: 'app/x', body: 'x' })])),
    ['archive.trailing_data'],
  ],
  ['padding with zeros', gzipSync(Buffer.concat([tar, Buffer.alloc(9000)])), []],
  [
    'the gzip data cut',
    makeChart({ name: 'app/x', body: 'x'.repeat(100) }).subarray(0, 120),
    ['archive.truncated'],
  ],
  ['the gzip trailer cut', makeChart().subarray(0, -4), ['archive.truncated']],
  ['a wrong check sum', Buffer.concat([makeChart().subarray(0, -8), Buffer.alloc(8)]), ['archive.invalid']],
  ['a file cut', gzipSync(tar.subarray(0, 530)), ['archive.truncated']],
  ['a header cut', gzipSync(tar.subarray(0, 500)), ['archive.truncated']],
  [
    'one block of zeros, then more',
    gzipSync(Buffer.concat([tar.subarray(0, 1536), tar])),
    ['archive.invalid'],
  ],
])('%s', async (_what, bytes, codes) => {
  for (const chunk of [1, 100_000]) {
    const facts = await readArchive(streamOf(bytes, chunk));
    expect(failures(facts)).toEqual(codes);
    expect(facts.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    expect(facts.size).toBe(bytes.length);
  }
});

test('no end marker is a fact: Go is content without', async () => {
  const facts = await readArchive(streamOf(gzipSync(tar.subarray(0, 1024))));
  expect(failures(facts)).toEqual([]);
  expect(infos(facts)).toEqual(['archive.no_end']);
});
