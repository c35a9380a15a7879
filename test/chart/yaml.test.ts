import { describe, expect, test } from 'vitest';
import { readYaml, YamlError } from '../../src/chart/index.ts';

// Each expectation is what sigs.k8s.io/yaml 1.6.0 (go.yaml.in/yaml/v2 2.4.3) answers. Integers are bigints.
const SCALARS: [text: string, value: unknown][] = [
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map(
    (t) => [t, true] as [string, unknown],
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map(
    (t) => [t, false] as [string, unknown],
  ),
  ...['yEs', 'nO', 'oN', 'tRUE', 'nUll'].map((t) => [t, t] as [string, unknown]),
  ...['', '~', 'null', 'Null', 'NULL'].map((t) => [t, null] as [string, unknown]),
  ['0', 0n],
  ['007', 7n],
  ['0o17', 15n],
  ['0x1F', 31n],
  ['-0x1f', -31n],
  ['0b101', 5n],
  ['0b-101', -5n],
  ['+12', 12n],
  ['1_000', 1000n],
  ['9223372036854775808', 9223372036854775808n],
  ['18446744073709551615', 18446744073709551615n],
  ['18446744073709551616', 2 ** 64],
  ['08', 8],
  ['1e3', 1000],
  ['1.', 1],
  ['.5', 0.5],
  ['.1_0', 0.1],
  ['1.10', 1.1],
  ['1e400', '1e400'],
  ['.inf', Number.POSITIVE_INFINITY],
  ['-.INF', Number.NEGATIVE_INFINITY],
  ['.nan', Number.NaN],
  ['190:20:30', '190:20:30'],
  ['1.2.3', '1.2.3'],
  ['2001-12-14', '2001-12-14'],
  ['2001-12-14T21:59:43.10Z', '2001-12-14T21:59:43.10Z'],
  ['2001-02-30', '2001-02-30'],
  ['!!str 12', '12'],
  ['!!int "12"', 12n],
  ['!!float 12', 12],
  ['! 12', '12'],
  ['!foo yes', 'yes'],
  ['!!binary aGVsbG8=', 'hello'],
  ['"yes"', 'yes'],
  ["'1'", '1'],
  ['!!bool "on"', true],
];

describe('scalars', () => {
  test.each(SCALARS)('%s is %s', (text, value) => {
    expect(readYaml(`a: ${text}\n`)).toEqual({ a: value });
  });

  test.each([
    ['!!null x', 'cannot decode !!str `x` as a !!null'],
    ['!!int 1.5', 'cannot decode !!float `1.5` as a !!int'],
    ['!!binary "%"', '!!binary value contains invalid base64 data'],
  ])('%s is refused', (text, words) => {
    expect(() => readYaml(`a: ${text}`)).toThrow(words);
  });
});

describe('keys', () => {
  test('become strings as sigs.k8s.io/yaml makes them', () => {
    expect(readYaml('1: a\n1.50: b\nyes: c\n.inf: d\n')).toEqual({
      1: 'a',
      1.5: 'b',
      true: 'c',
      '.inf': 'd',
    });
  });

  test.each(['~: a', '? [a]\n: b', '18446744073709551615: a'])('%j cannot', (text) => {
    expect(() => readYaml(text)).toThrow(YamlError);
  });

  test('__proto__ is a key like any other', () => {
    const value = readYaml('__proto__: {polluted: yes}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('equal ones: the last counts, or all are refused', () => {
    expect(readYaml('a: 1\nb: 2\na: 3')).toEqual({ a: 3n, b: 2n });
    const read = (): unknown => readYaml('a: 1\nb: 2\na: 3', { duplicates: 'reject' });
    expect(read).toThrow('yaml: unmarshal errors:\n  line 3: key "a" already set in map');
    expect(read).toThrow(expect.objectContaining({ kind: 'duplicate', line: 3 }));
    expect(() => readYaml('1: a\n"1": b', { duplicates: 'reject' })).toThrow(YamlError);
  });
});

describe('aliases and merge keys', () => {
  test('are followed', () => {
    expect(readYaml('a: &x {b: 1}\nc: *x')).toEqual({ a: { b: 1n }, c: { b: 1n } });
  });

  test('a merge writes where it stands, as in go-yaml v2', () => {
    expect(readYaml('a: &x {b: 1, c: 2}\nd:\n  c: 3\n  <<: *x\n  b: 5')).toEqual({
      a: { b: 1n, c: 2n },
      d: { c: 2n, b: 5n },
    });
    expect(readYaml('d: {<<: [{a: 1}, {a: 2, b: 3}]}')).toEqual({ d: { a: 1n, b: 3n } });
    expect(() => readYaml('d: {<<: 1}')).toThrow('map merge requires map or sequence of maps as the value');
  });

  test('unknown and endless ones are refused', () => {
    expect(() => readYaml('a: *b')).toThrow("yaml: unknown anchor 'b' referenced");
    expect(() => readYaml('a: &a [*a]')).toThrow("yaml: anchor 'a' value contains itself");
  });
});

describe('documents', () => {
  test('only the first is read', () => {
    expect(readYaml('---\na: 1\n---\nb: {')).toEqual({ a: 1n });
    expect(readYaml('a: 1\n...\nb: {')).toEqual({ a: 1n });
    expect(readYaml('---\n---\na: 1')).toBeNull();
  });

  test('an empty one is null, a byte order mark is skipped', () => {
    for (const text of ['', '\n', '# only a comment\n', '---\n']) expect(readYaml(text)).toBeNull();
    expect(readYaml('\ufeffa: 1')).toEqual({ a: 1n });
  });
});

describe('errors speak as go-yaml does', () => {
  test.each([
    ['n: {a: b\n', "did not find expected ',' or '}'"],
    ['a: b: c', 'mapping values are not allowed in this context'],
    ['a:\n\t- b', 'found character that cannot start any token'],
    ['a: "b', 'found unexpected end of stream'],
    ['a: \u0007', 'control characters are not allowed'],
  ])('%j', (text, words) => {
    expect(() => readYaml(text)).toThrow(YamlError);
    expect(() => readYaml(text)).toThrow(words);
    expect(() => readYaml(text)).toThrow(/^yaml: /);
  });
});
