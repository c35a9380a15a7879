import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readArchive, readYaml, YamlError } from '../../src/chart/index.ts';
import { failures, makeTar, streamOf } from '../chart/make-tar.ts';

const laughs = ['a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]'];
for (let i = 1; i < 10; i++)
  laughs.push(
    `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(',')}]`,
  );

const merges = ['m0: &m0 {x: y}'];
for (let i = 1; i < 30; i++) merges.push(`m${i}: &m${i} {<<: [*m${i - 1}, *m${i - 1}]}`);

test.each([
  ['a billion laughs', laughs.join('\n')],
  ['merges of merges', merges.join('\n')],
  ['a long text many times', `a: &a ${'x'.repeat(100_000)}\nb: [${Array(100).fill('*a').join(',')}]`],
  ['deep brackets', '['.repeat(50_000)],
  ['deep indentation', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  [
    'deep by aliases',
    `a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [[[[[[[[[[*a${i}]]]]]]]]]]`).join('\n')}`,
  ],
  ['a long text', 'x'.repeat(2_000_000)],
  ['many nodes', `[${'1,'.repeat(200_000)}]`],
])('%s', (_what, text) => {
  const before = performance.now();
  expect(() => readYaml(text)).toThrow(YamlError);
  expect(() => readYaml(text)).toThrow(expect.objectContaining({ kind: 'limit' }));
  expect(performance.now() - before).toBeLessThan(5000);
});

test('in Chart.yaml it is a failing check', async () => {
  const bytes = gzipSync(makeTar([{ name: 'app/Chart.yaml', body: laughs.join('\n') }]));
  expect(failures(await readArchive(streamOf(bytes)))).toEqual(['archive.chart_yaml']);
});
