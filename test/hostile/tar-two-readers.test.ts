import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { CHART_YAML, END, failures, makeTar, streamOf, tarEntry } from '../chart/make-tar.ts';

const EVIL = 'apiVersion: v2\nname: app\nversion: 6.6.6\n';
const good = tarEntry({ name: 'app/Chart.yaml', body: CHART_YAML });
const read = (...parts: Buffer[]) => readArchive(streamOf(gzipSync(Buffer.concat(parts))));

function pax(records: Record<string, string>, type = 'x'): Buffer {
  const body = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = Buffer.byteLength(rest) + 1;
      while (String(length).length + Buffer.byteLength(rest) !== length) length++;
      return `${length}${rest}`;
    })
    .join('');
  return tarEntry({ name: 'pax', type, body });
}

test('a size in a global header: Go ignores it, others skip by it', async () => {
  const facts = await read(pax({ size: '1024' }, 'g'), good, tarEntry({ name: 'app/x', body: 'x' }), END);
  expect(failures(facts)).toEqual(['archive.ambiguous']);
  expect(facts.metadata.version).toBe('1.2.3');
});

test('a path with a line break in an extended header', async () => {
  const facts = await read(good, pax({ path: 'app/a\nb' }), tarEntry({ name: 'app/c', body: 'x' }), END);
  expect(failures(facts)).toEqual(['archive.ambiguous', 'archive.name']);
});

test('an extended header before a global one is forgotten by Go alone', async () => {
  const facts = await read(
    pax({ path: 'app/Chart.yaml' }),
    pax({ comment: 'x' }, 'g'),
    tarEntry({ name: 'app/y', body: EVIL }),
    good,
    END,
  );
  expect(failures(facts)).toContain('archive.ambiguous');
  expect(facts.metadata.version).toBe('1.2.3');
});

test('two extended headers before one file', async () => {
  const facts = await read(
    good,
    pax({ path: 'app/Chart.yaml' }),
    pax({ comment: 'x' }),
    tarEntry({ name: 'app/y', body: EVIL }),
    END,
  );
  expect(failures(facts)).toContain('archive.ambiguous');
  expect(facts.metadata.version).toBe('1.2.3');
});

test('a size in an extended header counts for both', async () => {
  const facts = await read(good, pax({ size: '3' }), tarEntry({ name: 'app/y', body: 'abc', size: 0 }), END);
  expect(failures(facts)).toEqual([]);
  expect(facts.files.count).toBe(2);
});

test('a body on a link: Go says it has none', async () => {
  const smuggled = makeTar([{ name: 'app/Chart.yaml', body: EVIL }]);
  const facts = await read(
    good,
    tarEntry({ name: 'app/l', type: '2', link: 'x', size: smuggled.length }),
    smuggled,
  );
  expect(failures(facts)).toEqual(['archive.ambiguous', 'archive.duplicate', 'archive.link']);
});

test('a block with a wrong check sum is skipped by some and refused by Go', async () => {
  const broken = tarEntry({ name: 'app/x' });
  broken[0] = 0x41;
  expect(failures(await read(good, broken, END))).toEqual(['archive.invalid']);
});

test('a tar that begins like gzip within the gzip is no tar', async () => {
  expect(
    failures(await read(gzipSync(makeTar([{ name: 'app/Chart.yaml', body: CHART_YAML }])), END)),
  ).toContain('archive.invalid');
});
