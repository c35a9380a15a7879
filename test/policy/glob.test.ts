import { describe, expect, test } from 'vitest';
import { globToMatcher } from '../../src/policy/index.ts';

const YES: [string, string][] = [
  ['registry.example.com/prod/**', 'registry.example.com/prod/app'],
  ['registry.example.com/prod/**', 'registry.example.com/prod/team/app'],
  ['registry.example.com/prod/**', 'registry.example.com/prod/'],
  ['registry.example.com/*/app', 'registry.example.com/prod/app'],
  ['**', ''],
  ['**', 'a/b@c'],
  ['a**b', 'ab'],
  ['a**b', 'a/x@y/b'],
  ['a***', 'ax'],
  ['a****', 'a'],
  ['**/app', 'ghcr.io/x/app'],
  ['*.example.com/**', 'eu.registry.example.com/app'],
  ['a.c', 'a.c'],
  ['a[b]?+(c)', 'a[b]?+(c)'],
  ['*a*a', 'xaya'],
];
const NO: [string, string][] = [
  ['registry.example.com/prod/**', 'registry.example.com/prod'],
  ['registry.example.com/prod/**', 'registry.example.com/production/app'],
  ['registry.example.com/prod/**', 'evil.com/registry.example.com/prod/app'],
  ['registry.example.com/*', 'registry.example.com/'],
  ['registry.example.com/*', 'registry.example.com/a/b'],
  ['a*', 'a'],
  ['a*', 'a@b'],
  ['a***', 'a'],
  ['a***', 'a/'],
  ['a.c', 'abc'],
  ['a.c', 'A.c'],
  ['', 'a'],
  ['a', 'a\n'],
  ['*', ''],
  ['**b', 'ba'],
];

describe('globs', () => {
  test.each(YES)('%j matches %j', (pattern, text) => expect(globToMatcher(pattern)(text)).toBe(true));
  test.each(NO)('%j does not match %j', (pattern, text) => expect(globToMatcher(pattern)(text)).toBe(false));

  test('agree with an exhaustive reading of the definition', () => {
    const texts = words(['a', 'b', '/', '@'], 4);
    let compared = 0;
    for (const pattern of words(['a', '/', '*'], 5)) {
      const matches = globToMatcher(pattern);
      for (const text of texts) {
        expect(matches(text), `${pattern} on ${text}`).toBe(naive(pattern, text));
        compared++;
      }
    }
    expect(compared).toBe(364 * 341);
  });
});

function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('**')) {
    return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) =>
      naive(pattern.slice(2), text.slice(i)),
    );
  }
  if (pattern.startsWith('*')) {
    const run = /^[^/@]*/.exec(text)?.[0].length ?? 0;
    return Array.from({ length: run }, (_, i) => i + 1).some((i) => naive(pattern.slice(1), text.slice(i)));
  }
  return text.startsWith(pattern[0] ?? '') && text !== '' && naive(pattern.slice(1), text.slice(1));
}

function words(alphabet: string[], length: number): string[] {
  let last = [''];
  const all = [''];
  for (let i = 0; i < length; i++) {
    last = last.flatMap((word) => alphabet.map((letter) => word + letter));
    all.push(...last);
  }
  return all;
}
