import { describe, expect, test } from 'vitest';
import {
  compareMetadata,
  MetadataError,
  readMetadata,
  readYaml,
  validateMetadata,
} from '../../src/chart/index.ts';

const read = (text: string) => readMetadata(readYaml(text));

describe('readMetadata', () => {
  test('numbers and booleans become the strings that sigs.k8s.io/yaml makes of them', () => {
    expect(
      read('name: 1\nversion: 1.10\nappVersion: 123456789\ndescription: yes\nicon: 100000000.0'),
    ).toEqual({
      name: '1',
      version: '1.1',
      appVersion: '123456789',
      description: 'true',
      icon: '1e+08',
    });
    expect(read('name: 16777217.0\nversion: 0.00001\nicon: 1234567.0')).toMatchObject({
      name: '1.6777216e+07',
      version: '1e-05',
      icon: '1.234567e+06',
    });
    expect(read('annotations: {a: 1.0, b: no, c: null}\nkeywords: [1, yes, null]')).toMatchObject({
      annotations: { a: '1', b: 'false', c: '' },
      keywords: ['1', 'true', ''],
    });
  });

  test('keys match in any case, the exact or later one wins', () => {
    expect(read('NAME: a\nVer\u017fion: 1.0.0')).toEqual({ name: 'a', version: '1.0.0' });
    expect(read('name: b\nName: a')).toEqual({ name: 'b', version: '' });
  });

  test('empty and null are absent, unknown keys are ignored', () => {
    expect(read('name: null\nhome: ""\nsources: []\ndeprecated: false\nfoo: {bar: 1}')).toEqual({
      name: '',
      version: '',
    });
    expect(readMetadata(null)).toEqual({ name: '', version: '' });
  });

  test('dependencies and maintainers', () => {
    expect(
      read(
        'dependencies: [{name: a, version: 1.20, import-values: [1, {a: b}], tags: [1], alias: x}, null]\nmaintainers: [{name: m}]',
      ),
    ).toMatchObject({
      dependencies: [
        {
          name: 'a',
          repository: '',
          version: '1.2',
          'import-values': [1n, { a: 'b' }],
          tags: ['1'],
          alias: 'x',
        },
        null,
      ],
      maintainers: [{ name: 'm' }],
    });
  });

  test.each([
    ['name: [a]', 'json: cannot unmarshal array into Go struct field Metadata.name of type string'],
    [
      'version: {a: b}\nname: [b]',
      'json: cannot unmarshal array into Go struct field Metadata.name of type string',
    ],
    [
      'deprecated: "true"',
      'json: cannot unmarshal string into Go struct field Metadata.deprecated of type bool',
    ],
    [
      'maintainers: [{name: [x]}]',
      'json: cannot unmarshal array into Go struct field Maintainer.maintainers.name of type string',
    ],
    ['- a', 'json: cannot unmarshal array into Go value of type chart.Metadata'],
    ['x: .nan', 'json: unsupported value: NaN'],
  ])('%j is refused in the words of Go', (text, words) => {
    expect(() => read(text)).toThrow(MetadataError);
    expect(() => read(text)).toThrow(words);
  });

  test('reading onto earlier metadata writes over what is there', () => {
    const chart = read('name: app\nversion: 1.0.0\nannotations: {a: b}');
    const both = readMetadata(readYaml('dependencies: [{name: d}]\nannotations: {c: d}'), chart);
    expect(both).toMatchObject({
      name: 'app',
      annotations: { a: 'b', c: 'd' },
      dependencies: [{ name: 'd', repository: '' }],
    });
    expect(chart.dependencies).toBeUndefined();
  });
});

describe('validateMetadata says what Helm says', () => {
  const good = { apiVersion: 'v2', name: 'app', version: '1.2.3' };
  test.each([
    [good, undefined],
    [{ ...good, version: 'v1.2' }, undefined],
    [{ ...good, version: '01.2.3' }, undefined],
    [{ ...good, type: 'library' }, undefined],
    [{ ...good, apiVersion: '' }, 'validation: chart.metadata.apiVersion is required'],
    [{ ...good, name: '' }, 'validation: chart.metadata.name is required'],
    [{ ...good, name: '..' }, 'validation: chart.metadata.name ".." is not allowed'],
    [{ ...good, name: '../x' }, 'validation: chart.metadata.name "../x" is invalid'],
    [{ ...good, version: '' }, 'validation: chart.metadata.version is required'],
    [{ ...good, version: '1.2.3.4' }, 'validation: chart.metadata.version "1.2.3.4" is invalid'],
    [{ ...good, version: '1.2.3-01' }, 'validation: chart.metadata.version "1.2.3-01" is invalid'],
    [{ ...good, type: 'cli/v1' }, 'validation: chart.metadata.type must be application or library'],
    [{ ...good, maintainers: [null] }, 'validation: maintainers must not contain empty or null nodes'],
    [{ ...good, dependencies: [null] }, 'validation: dependencies must not contain empty or null nodes'],
    [
      {
        ...good,
        dependencies: [
          { name: 'a', repository: '' },
          { name: 'b', repository: '', alias: 'a' },
        ],
      },
      'validation: more than one dependency with name or alias "a"',
    ],
    [
      { ...good, dependencies: [{ name: 'a', repository: '', alias: 'a.b' }] },
      'validation: dependency "a" has disallowed characters in the alias',
    ],
  ])('%j: %s', (metadata, words) => {
    expect(validateMetadata(metadata)).toBe(words);
  });
});

test('compareMetadata names the fields that differ', () => {
  const signed = read(
    'name: app\nversion: 1.0.0\nannotations: {a: x, b: y}\ndependencies: [{name: d, import-values: [1]}]',
  );
  const same = read(
    'apiVersion: v1\nversion: 1.0.0\nname: app\nannotations: {b: y, a: x}\ndependencies: [{name: d, import-values: [1.0]}]',
  );
  expect(compareMetadata(signed, same)).toEqual([]);
  expect(compareMetadata(signed, { ...same, name: 'other', appVersion: '2', dependencies: [] })).toEqual([
    'name',
    'appVersion',
    'dependencies',
  ]);
});
