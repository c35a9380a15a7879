import { expect, test } from 'vitest';
import { readMetadata, readYaml } from '../../src/chart/index.ts';

// U+0085, U+2028 and U+2029 end lines in the YAML 1.1 that Helm reads, and do not in YAML 1.2. What go-yaml v2 answers was
// asked of it (sigs.k8s.io/yaml v1.6.0).

test('U+0085 is a line feed: what seems a comment or a text may hold keys', () => {
  expect(readYaml('a: 1 # x\u0085b: 2')).toEqual({ a: 1n, b: 2n });
  expect(readYaml('"a\u0085 b"')).toBe('a b');
});

test.each([
  ['a comment', 'a: 1 # x\u2028b: 2'],
  ['a plain text', 'a: x\u2029b: 2'],
  ['a block', 'a: |\n  x\u2028  y\n'],
])('separators outside of quotes are refused: in %s', (_where, text) => {
  expect(() => readYaml(text)).toThrow(expect.objectContaining({ kind: 'syntax' }));
});

test.each([
  ["'a\u2028  b'", 'a\u2028b'],
  ["'a  \u2028b'", 'a\u2028b'],
  ["'a\n\u2028 b'", 'a\u2028b'],
  ["'a\u2028\n b'", 'a\u2028\nb'],
  ["'a\n\n\u2028b'", 'a\n\u2028b'],
  ['"a\u2028\u2029  \\" b"', 'a\u2028\u2029" b'],
  ['"a \\L  b"', 'a \u2028  b'],
])('in quotes white space around them goes: %j', (text, value) => {
  expect(readYaml(text)).toBe(value);
});

test.each([
  '"\\ud83d\\ude00"',
  '"a\\uD800"',
  '"\\\\\\udc00"',
  '"\\U0000d800"',
  '"\\U00110000"',
  '"\\UFFFFFFFF"',
])('what is no character is refused in escapes: %s', (text) => {
  expect(() => readYaml(text)).toThrow('found invalid Unicode character escape code');
});

test('a backslash before a letter u is no escape when it is escaped itself', () => {
  expect(readYaml('"\\\\ud83d"')).toBe('\\ud83d');
});

test.each(['\u007f', '\u0080', '\u009f', '\ufffe', '\uffff'])('%j is refused', (char) => {
  expect(() => readYaml(`a: x${char}`)).toThrow('yaml: control characters are not allowed');
});

test('requirements.yaml: elements of a list are decoded into those that are there, as in Go', () => {
  const chart = readMetadata(
    readYaml('name: a\nversion: "1"\nsources: [x, y]\ndependencies: [{name: a, condition: c}, {name: b}]'),
  );
  const merged = readMetadata(
    readYaml('sources: [null]\ndependencies: [{repository: r}, null, {name: m}]'),
    chart,
  );
  expect(merged.sources).toEqual(['x']);
  expect(merged.dependencies).toEqual([
    { name: 'a', condition: 'c', repository: 'r' },
    null,
    { name: 'm', repository: '' },
  ]);
});
