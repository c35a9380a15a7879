import SemVer from 'semver/classes/semver.js';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { looseVersion } from './version.ts';

export type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^';

/** One comparison. `given` says how much of the version was written: `1.x` and `1` give only the major number. */
export interface Comparison {
  operator: Operator;
  version: SemVer;
  given: 'nothing' | 'major' | 'minor' | 'all';
}

/** Alternatives (`||`) of comparisons that must all hold; `prereleases` if one of them names a prerelease. */
export interface Constraint {
  alternatives: { comparisons: Comparison[]; prereleases: boolean }[];
}

const MAX_CONSTRAINT = 512;
const MAX_ALTERNATIVES = 32;
/** In all alternatives; each is held against every tag of a repository. */
const MAX_COMPARISONS = 64;

// Go's \s. A single "|" inside a number is let in by Masterminds' grammar and refused when the number is read.
const SPACE = '[\\t\\n\\f\\r ]';
const NUMBER = '[0-9xX*|]+';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const VERSION = `v?(?:${NUMBER})(?:\\.${NUMBER})?(?:\\.${NUMBER})?(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?`;
const HYPHEN_RANGE = new RegExp(`${SPACE}*(${VERSION})${SPACE}+-${SPACE}+(${VERSION})${SPACE}*`, 'g');
const COMPARISON = new RegExp(`${SPACE}*(!=|>=|=>|<=|=<|~>|[=<>~^]|)${SPACE}*(${VERSION})`, 'y');
const SEPARATOR = new RegExp(`${SPACE}*,|${SPACE}+|$`, 'y');
const PARTS = new RegExp(
  `^v?(${NUMBER})(?:\\.(${NUMBER}))?(?:\\.(${NUMBER}))?(-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`,
);
const SAME: Record<string, Operator> = { '': '=', '=>': '>=', '=<': '<=', '~>': '~' };

/**
 * Reads a version range in the grammar Helm uses (Masterminds/semver v3.5): comparisons joined by spaces or commas,
 * `||` between alternatives, `a - b`, `x` and `*`, partial versions.
 * @throws ChartsealError `reference.version_invalid`
 */
export function parseConstraint(text: string): Constraint {
  if (text.length > MAX_CONSTRAINT) throw invalid(text, `is longer than ${MAX_CONSTRAINT} characters`);
  const written = text.replace(HYPHEN_RANGE, '>= $1, <= $2 ');
  const parts = written.split('||');
  if (parts.length > MAX_ALTERNATIVES) throw invalid(text, `has more than ${MAX_ALTERNATIVES} alternatives`);
  const alternatives: Constraint['alternatives'] = [];
  let left = MAX_COMPARISONS;
  for (const part of parts) {
    const alternative = readAlternative(part, text, left);
    left -= alternative.comparisons.length;
    alternatives.push(alternative);
  }
  return { alternatives };
}

function readAlternative(part: string, whole: string, most: number): Constraint['alternatives'][number] {
  const comparisons: Comparison[] = [];
  let at = 0;
  do {
    COMPARISON.lastIndex = at;
    const match = COMPARISON.exec(part);
    if (match === null) throw invalid(whole, `cannot be read at "${clean(part.slice(at).trim() || part)}"`);
    if (comparisons.length >= most) throw invalid(whole, `has more than ${MAX_COMPARISONS} comparisons`);
    comparisons.push(readComparison(match[1] ?? '', match[2] ?? '', whole));
    SEPARATOR.lastIndex = COMPARISON.lastIndex;
    if (!SEPARATOR.test(part)) {
      throw invalid(whole, `cannot be read at "${clean(part.slice(COMPARISON.lastIndex))}"`);
    }
    at = SEPARATOR.lastIndex;
  } while (at < part.length || part[at - 1] === ',');
  return { comparisons, prereleases: comparisons.some((one) => one.version.prerelease.length > 0) };
}

function readComparison(operator: string, version: string, whole: string): Comparison {
  const [, major, minor, patch, pre = ''] = PARTS.exec(version) ?? [];
  const given = isAny(major) ? 'nothing' : isAny(minor) ? 'major' : isAny(patch) ? 'minor' : 'all';
  const numbers = {
    nothing: '0.0.0',
    major: `${major}.0.0`,
    minor: `${major}.${minor}.0`,
    all: `${major}.${minor}.${patch}`,
  }[given];
  const parsed = looseVersion(numbers + pre);
  if (parsed === undefined) throw invalid(whole, `has "${clean(version)}", which is no version`);
  return { operator: SAME[operator] ?? (operator as Operator), version: parsed, given };
}

function isAny(number: string | undefined): boolean {
  return number === undefined || number === '*' || number === 'x' || number === 'X';
}

function invalid(text: string, why: string): ChartsealError {
  return new ChartsealError('reference.version_invalid', `version "${clean(text)}" ${why}`);
}

/** What Helm takes when no version is given: the highest release. */
export const ANY_RELEASE: Constraint = {
  alternatives: [
    {
      comparisons: [{ operator: '=', version: new SemVer('0.0.0'), given: 'nothing' }],
      prereleases: false,
    },
  ],
};
