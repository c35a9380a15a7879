import { describe, expect, test } from 'vitest';
import { globToMatcher } from '../../src/policy/index.ts';

// Patterns that make backtracking matchers run for longer than the universe exists. There is no clock here: a
// matcher that backtracks does not come back at all, and the suite's own timeout ends it.
describe('globs that blow up where backtracking is used', () => {
  test.each([
    ['a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(2000)],
    [`${'**a'.repeat(40)}b`, 'a'.repeat(2000)],
    [`${'*'.repeat(201)}b`, 'a'.repeat(2000)],
    [`${'**/*'.repeat(40)}@`, 'a/'.repeat(1000)],
    [`${'**'.repeat(200)}x`, '/@'.repeat(1000)],
  ])('%.30s…', (pattern, text) => expect(globToMatcher(pattern)(text)).toBe(false));
});

describe('a branch named like a tag', () => {
  const releases = globToMatcher('https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/*');
  const prefix = 'https://github.com/acme/charts/.github/workflows/release.yml';

  test('the tag itself matches', () => expect(releases(`${prefix}@refs/tags/v1`)).toBe(true));

  test.each([
    `${prefix}@refs/heads/x@refs/tags/v1`,
    `${prefix}@refs/heads/refs/tags/v1`,
    `${prefix}@refs/tags/v1@refs/heads/main`,
    `${prefix}@refs/tags/a/b`,
    `${prefix}@refs/tags/`,
    `https://github.com/evil/x?${prefix}@refs/tags/v1`,
  ])('%s does not', (identity) => expect(releases(identity)).toBe(false));

  test('nor does it get past a "*" before it', () => {
    expect(
      globToMatcher('https://github.com/acme/*@refs/tags/*')(
        'https://github.com/acme/x@refs/heads/x@refs/tags/v1',
      ),
    ).toBe(false);
  });
});
