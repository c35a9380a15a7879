import { describe, expect, test } from 'vitest';
import { problemsOf } from '../config/support.ts';

describe('a configuration whose aliases blow up', () => {
  test('billion laughs', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) {
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
    }
    expect(await problemsOf(lines.join('\n'))).toEqual([
      'found more than 100000 values once aliases are written out',
    ]);
  });

  test('a list that contains itself', async () => {
    expect(await problemsOf('policies: &p [*p]')).toEqual([
      'found an alias to a list or map that contains it',
    ]);
    expect(await problemsOf('trust: &t { a: { b: *t } }')).toEqual([
      'found an alias to a list or map that contains it',
    ]);
  });

  test('nesting deeper than the text shows, with the inner ones read last', async () => {
    const lines: string[] = [];
    // Keys that are whole numbers come first among the keys of an object, in ascending order.
    for (let i = 0; i < 900; i++) {
      const inner = i === 0 ? 'x' : `*a${i - 1}`;
      lines.push(`${1000 - i}: &a${i} ${'['.repeat(40)}${inner}${']'.repeat(40)}`);
    }
    expect(await problemsOf(lines.join('\n'))).toEqual([
      'found lists and maps nested deeper than 50 levels once aliases are written out',
    ]);
  });

  test('more aliases than anyone writes', async () => {
    const text = `a: &a 1\nb: [${Array.from({ length: 1001 }, () => '*a').join(', ')}]`;
    expect(await problemsOf(text)).toEqual([
      expect.stringContaining('not readable as YAML: aliases exceeded maxAliases (1000)'),
    ]);
  });

  test('deep nesting without aliases, and a file without end', async () => {
    expect(await problemsOf(`a: ${'['.repeat(60)}${']'.repeat(60)}`)).toEqual([
      expect.stringContaining('nesting exceeded'),
    ]);
    expect(await problemsOf(`# ${'x'.repeat(1024 * 1024)}`)).toEqual([
      expect.stringContaining('characters; allowed are'),
    ]);
  });
});
