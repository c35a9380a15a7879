import { expect, test } from 'vitest';
import {
  type ChartMetadata,
  encodeYaml,
  messageBlock,
  readMetadata,
  readYaml,
  sanitiseMetadata,
} from '../../src/chart/index.ts';

const base: ChartMetadata = { name: 'a', version: '1.0.0' };
const described = (description: string): string =>
  encodeYaml({ name: '', version: '', description }).replace(/^description:/, '');

// What sigs.k8s.io/yaml v1.6.0 answered for each, by a program in Go around Helm 4.2.4's Metadata.
test.each<[text: string, yaml: string]>([
  ['plain', ' plain\n'],
  ['>= 1.0', " '>= 1.0'\n"],
  ['yes', ' "yes"\n'],
  ['1.10', ' "1.10"\n'],
  ['2001-01-01', ' "2001-01-01"\n'],
  ['2001-01-01  10:00:00', ' "2001-01-01  10:00:00"\n'],
  ['1:30', ' "1:30"\n'],
  ['0b-1', ' "0b-1"\n'],
  ['<<', ' <<\n'],
  ['1.2.3', ' 1.2.3\n'],
  ["it's: so", " 'it''s: so'\n"],
  ['a #b', " 'a #b'\n"],
  ['a#b', ' a#b\n'],
  ['...x', " '...x'\n"],
  ['- a', " '- a'\n"],
  ['-a', ' -a\n'],
  [' a', " ' a'\n"],
  ['a\tb', ' "a\\tb"\n'],
  ['a\nb', ' |-\n  a\n  b\n'],
  ['a\nb\n', ' |\n  a\n  b\n'],
  ['a\n\n', ' |+\n  a\n\n'],
  [' a\nb', ' |2-\n   a\n  b\n'],
  ['a \nb', ' "a \\nb"\n'],
  ['a\r\nb', ' "a\\r\\nb"\n'],
  ['é 中 \u00a0', ' "é 中 \\_"\n'.replace('\\_', '\u00a0').replaceAll('"', '')],
  ['😀', ' "\\U0001F600"\n'],
  ['\ufeffab', ' "\\uFEFF\\x61\\x62"\n'],
  ['a\u2028b', " 'a\u2028  b'\n"],
  ['a\ud800', ' a\ufffd\n'],
  ['a \u0085 b', ' a b\n'],
])('%j', (text, yaml) => {
  expect(described(text)).toBe(yaml);
});

test('a long text is folded at the first single space past the 80th column', () => {
  const words = Array.from({ length: 30 }, () => 'word').join(' ');
  expect(described(words)).toBe(` ${'word '.repeat(14)}\n  ${'word '.repeat(16)}\n`.replace(/ \n/g, '\n'));
  expect(described('x'.repeat(100))).toBe(` ${'x'.repeat(100)}\n`);
  expect(described(`${'x'.repeat(80)}  a b`)).toBe(` ${'x'.repeat(80)}  a\n  b\n`);
  expect(described(`😀${'x'.repeat(80)}  a b`)).toBe(` "\\U0001F600${'x'.repeat(80)}\n  \\ a b"\n`);
});

test('keys: sorted with numbers by value, long and multi-line ones after a question mark', () => {
  const long = 'k'.repeat(129);
  const annotations = { a10: '1', a9: 'x', A: '', 'b\nc': 'v', [long]: 'w', 1: 'n', 'a-b': 'd', yes: 't' };
  expect(encodeYaml({ ...base, annotations })).toBe(
    `annotations:\n  "1": "n"\n  A: ""\n  a-b: d\n  a9: x\n  a10: "1"\n  ? |-\n    b\n    c\n  : v\n  ? ${long}\n  : w\n  "yes": t\nname: a\nversion: 1.0.0\n`,
  );
});

test('nested values, numbers and empty collections', () => {
  const long = 'k'.repeat(129);
  const values = [
    { child: 'a', parent: 'b', [long]: ['x'] },
    [[1n, 1.5], 1e21, 1e20, 1234567.5, 1e-7, 2n ** 64n - 1n, true, null, [], {}],
  ];
  const dependencies = [{ name: '', repository: '', enabled: false, 'import-values': values }];
  expect(encodeYaml({ ...base, dependencies })).toBe(`dependencies:
- import-values:
  - child: a
    ? ${long}
    : - x
    parent: b
  - - - 1
      - 1.5
    - 1e+21
    - 1e+20
    - 1.2345675e+06
    - 1e-07
    - 1.8446744073709552e+19
    - true
    - null
    - []
    - {}
  name: ""
  repository: ""
name: a
version: 1.0.0
`);
});

test.each([
  ['DEL', { description: 'a\u007f' }],
  ['a C1 control', { annotations: { 'a\u0080': 'b' } }],
  ['a key with a raw line break', { annotations: { 'a\u0085': 'b' } }],
  ['a key of more than 1024 characters of JSON', { annotations: { ['k'.repeat(1023)]: 'b' } }],
])('where Helm fails so do we: %s', (_what, fields) => {
  expect(() => encodeYaml({ ...base, ...fields })).toThrow(/^yaml: /);
});

test('a key of 1024 characters of JSON is written', () => {
  expect(encodeYaml({ ...base, annotations: { ['k'.repeat(1022)]: 'b' } })).toContain('? kkk');
});

test('what is written is read as the same', () => {
  const metadata: ChartMetadata = {
    ...base,
    description: `${'long text '.repeat(20)}: # 'x' "y" \u2028 z\\`,
    keywords: ['', 'no', '1e3', ' a ', '- b', '---', '\t'],
    annotations: { 'x\ny': 'a\n  b\n\n', '😀': '\u0007', 'é"': "'" },
    maintainers: [{ name: '~', url: '[x]' }],
    deprecated: true,
  };
  expect(readMetadata(readYaml(encodeYaml(metadata)))).toEqual(metadata);
});

test('texts are sanitised as by Helm on loading, annotations, version and values are not', () => {
  const metadata: ChartMetadata = {
    ...base,
    description: 'a\nb\u0085c\u200bd\ufeff\u00a0é😀',
    keywords: ['a\tb'],
    maintainers: [{ name: 'x\0y' }, null],
    annotations: { k: 'a\nb' },
    dependencies: [{ name: 'd\n', repository: '', tags: ['t\r'], alias: 'a' }],
  };
  const once = sanitiseMetadata(metadata);
  expect(once).toEqual({
    ...metadata,
    description: 'a b cd é😀',
    keywords: ['a b'],
    maintainers: [{ name: 'xy' }, null],
    dependencies: [{ name: 'd ', repository: '', tags: ['t '], alias: 'a' }],
  });
  expect(sanitiseMetadata(once)).toEqual(once);
});

test('messageBlock', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const metadata = { ...base, apiVersion: 'v2', description: 'two\nlines' };
  expect(messageBlock(metadata, 'a-1.0.0+b.tgz', digest)).toBe(
    `apiVersion: v2\ndescription: two lines\nname: a\nversion: 1.0.0\n\n...\nfiles:\n  a-1.0.0+b.tgz: ${digest}\n`,
  );
  expect(messageBlock(base, `${'n'.repeat(125)}.tgz`, digest)).toContain(
    `files:\n  ? ${'n'.repeat(125)}.tgz\n  : ${digest}\n`,
  );
  expect(() => messageBlock(base, 'a.tgz', 'sha256:00')).toThrow(TypeError);
  expect(() => messageBlock({ ...base, annotations: { k: '\u007f' } }, 'a.tgz', digest)).toThrow(
    expect.objectContaining({ code: 'archive.chart_yaml' }),
  );
});
