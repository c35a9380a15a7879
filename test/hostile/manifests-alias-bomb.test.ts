import { expect, it } from 'vitest';
import { readManifests } from '../../src/cli/read-manifests.ts';

// `chartseal admission test` reads what `helm template` made of somebody's chart. A kilobyte of aliases must not become
// a gigabyte when it is compared.

const read = (text: string) => readManifests(new TextEncoder().encode(text), 'the input');
const head = 'apiVersion: fleet.cattle.io/v1alpha1\nkind: GitRepo\nmetadata: {name: x}\nspec:\n';
const bomb = (levels: number) =>
  Array.from({ length: levels }, (_, i) => {
    const inner = i === 0 ? 'x' : `*a${i - 1}`;
    return `  a${i}: &a${i} [${Array(10).fill(inner).join(', ')}]\n`;
  }).join('');

it.each([
  ['lists of lists', `${head}${bomb(12)}`],
  ['long text', `${head}  a: &a ${'x'.repeat(1_000_000)}\n  b: [${Array(2000).fill('*a').join(', ')}]\n`],
  ['what contains itself', `${head}  a: &a [1, *a]\n`],
])('%s', (_, text) => {
  expect(() => read(text)).toThrow('once its aliases are written out');
});

it('but aliases as people write them are read', () => {
  expect(read(`${head}${bomb(4)}---\n${head}  labels: &l {a: b}\n  more: {<<: *l, c: d}\n`)).toHaveLength(2);
});
