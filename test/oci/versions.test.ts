import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  chooseVersion,
  highestMatching,
  parseConstraint,
  parseReference,
  satisfies,
  type Version,
} from '../../src/oci/index.ts';

// Made by Masterminds/semver v3.5.0 itself (the version in Helm 4.2.4): a range, then the indexes of the versions it
// takes, or "!" where it refuses the range. The same comparison held for 9,900 random ranges when this was written.
const table = readFileSync(new URL('masterminds-3.5.0.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const versions = (table[0] ?? '').replace('# versions: ', '').split(' ');

describe('ranges mean what they mean in Helm', () => {
  it.each(table.slice(1).map((line) => line.split(/\t(?=[^\t]*$)/)))('%j', (range = '', expected = '') => {
    const text = range.replaceAll('\\t', '\t');
    if (expected === '!') {
      expect(() => parseConstraint(text)).toThrow(
        expect.objectContaining({ code: 'reference.version_invalid' }),
      );
    } else {
      const constraint = parseConstraint(text);
      const taken = versions.flatMap((version, i) => (satisfies(constraint, version) ? [i] : []));
      expect(taken.join(',')).toBe(expected);
    }
  });

  it.each([
    ['>=1.2', 'v1.2', true],
    ['1.x', '1', true],
    ['*', 'latest', false],
    ['*', '1.2.3.4', false],
  ])('takes loose versions: %s %s', (range, version, expected) => {
    expect(satisfies(parseConstraint(range), version)).toBe(expected);
  });

  it('is bounded', () => {
    expect(() => parseConstraint('1'.repeat(513))).toThrow(/longer than 512/);
    expect(() => parseConstraint(Array(33).fill('1').join('||'))).toThrow(/more than 32/);
    // Nothing in the grammar backtracks its way to minutes.
    expect(() => parseConstraint(`${' '.repeat(255)}${'1 '.repeat(128)}!`)).toThrow();
  });
});

// The repository of vectors/provenance/reference-resolution-v4.2.4.txt, as its output shows it.
const TAGS = ['1.0.0_build.1', 'v1.0.0', 'latest', '2.0.0-rc.1'];
const DIGEST = `sha256:${'d'.repeat(64)}`;

function resolve(reference: string, version: string): string {
  const ref = parseReference(`oci://h.example/a/${reference.replace('DIGEST', 'd'.repeat(64))}`);
  let chosen: Version;
  try {
    chosen = chooseVersion(ref, version);
  } catch (error) {
    return (error as { code: string }).code;
  }
  if (chosen.kind === 'digest') return `@${ref.digest}${chosen.tag === undefined ? '' : ` as ${chosen.tag}`}`;
  if (chosen.kind === 'tag') return chosen.tag;
  return highestMatching(TAGS, chosen.constraint) ?? 'none';
}

describe('reference and version are resolved as Helm 4.2.4 does, wider only where the design says so', () => {
  it.each([
    ['foo', '', '1.0.0_build.1'],
    ['foo', '1.0.0+build.1', '1.0.0_build.1'],
    ['foo:1.0.0+build.1', '', '1.0.0_build.1'], // Helm: invalid tag
    ['foo:1.0.0+build.1', '1.0.0+build.1', '1.0.0_build.1'], // Helm: mismatch
    ['foo:1.0.0_build.1', '', '1.0.0_build.1'], // Helm: improper constraint
    ['foo:v1.0.0', '', 'v1.0.0'],
    ['foo:v1.0.0', '1.0.0', 'reference.version_mismatch'],
    ['foo:latest', '', 'latest'], // Helm: improper constraint
    ['foo', 'latest', 'latest'], // Helm: improper constraint
    ['foo', '>0.0.0-0', '2.0.0-rc.1'],
    ['foo', '1.x', '1.0.0_build.1'],
    ['foo@sha256:DIGEST', '', `@${DIGEST}`],
    ['foo:v1.0.0@sha256:DIGEST', '', `@${DIGEST} as v1.0.0`],
    ['foo:1.0.0+build.1@sha256:DIGEST', '', `@${DIGEST} as 1.0.0_build.1`],
    ['foo@sha256:DIGEST', 'v1.0.0', `@${DIGEST} as v1.0.0`],
    // beyond the file
    ['foo', '1.2', '1.2'],
    ['foo', 'v1.0.0', 'v1.0.0'],
    ['foo', '>=3', 'none'],
    ['foo', '>= bar', 'reference.version_invalid'],
    ['foo:1.0.0', '^1', 'reference.version_mismatch'],
    ['foo@sha256:DIGEST', '^1', 'reference.version_invalid'],
  ])('%s with --version %j gives %s', (reference, version, expected) => {
    expect(resolve(reference, version)).toBe(expected);
  });

  it('takes the highest strict version whatever the order of the tags', () => {
    const any = parseConstraint('>=0.0.0-0');
    const tags = [
      '1.0.0',
      '10.0.0',
      '9.0.0',
      '1.10.0',
      'v11.0.0',
      '11',
      '01.2.3',
      '10.0.0-rc.1',
      '10.0.0_b2',
      '10.0.0_b10',
    ];
    expect(highestMatching(tags, any)).toBe('10.0.0_b2');
    expect(highestMatching(tags.toReversed(), any)).toBe('10.0.0_b2');
    expect(highestMatching(['latest'], any)).toBeUndefined();
    const many = Array.from({ length: 20_000 }, (_, i) => `1.${i}.0`);
    expect(highestMatching(many, parseConstraint('^1'))).toBe('1.19999.0');
  });
});
