import type SemVer from 'semver/classes/semver.js';
import type { Comparison, Constraint, Operator } from './parse-constraint.ts';
import { looseVersion } from './version.ts';

/**
 * Does the version lie in the range, as Helm judges it (Masterminds/semver v3.5)? A prerelease does only where an
 * alternative names a prerelease itself; unlike npm's rule it then lies in the whole of that alternative.
 * @param version loose: `v` and missing numbers are taken; anything else than a version satisfies nothing
 */
export function satisfies(constraint: Constraint, version: string): boolean {
  const parsed = looseVersion(version);
  return parsed !== undefined && satisfiesVersion(constraint, parsed);
}

/** The same for a parsed version. */
export function satisfiesVersion(constraint: Constraint, version: SemVer): boolean {
  const prerelease = version.prerelease.length > 0;
  return constraint.alternatives.some(
    (one) => (!prerelease || one.prereleases) && one.comparisons.every((c) => HOLDS[c.operator](version, c)),
  );
}

const HOLDS: Record<Operator, (v: SemVer, c: Comparison) => boolean> = {
  '=': (v, c) => (c.given === 'all' ? v.compare(c.version) === 0 : tilde(v, c)),
  '!=': notEqual,
  '>': greater,
  '<': (v, c) => v.compare(c.version) < 0,
  '>=': (v, c) => v.compare(c.version) >= 0,
  '<=': lessOrEqual,
  '~': tilde,
  '^': caret,
};

function notEqual(v: SemVer, c: Comparison): boolean {
  if (c.given === 'major') return v.major !== c.version.major;
  if (c.given === 'minor' && v.major === c.version.major && v.minor === c.version.minor) {
    // The patch number is any, so only a different prerelease makes it another version.
    return v.comparePre(c.version) !== 0 && (v.prerelease.length > 0 || c.version.prerelease.length > 0);
  }
  return v.compare(c.version) !== 0;
}

function greater(v: SemVer, c: Comparison): boolean {
  if (c.given === 'all' || c.given === 'nothing') {
    // ">*" compares with 0.0.0, but any higher major number wins before prereleases are looked at.
    return v.compare(c.version) > 0;
  }
  if (v.major !== c.version.major) return v.major > c.version.major;
  return c.given === 'minor' && v.minor > c.version.minor;
}

function lessOrEqual(v: SemVer, c: Comparison): boolean {
  if (c.given === 'all') return v.compare(c.version) <= 0;
  if (v.major !== c.version.major) return v.major < c.version.major;
  return c.given === 'major' || v.minor <= c.version.minor;
}

function tilde(v: SemVer, c: Comparison): boolean {
  if (v.compare(c.version) < 0) return false;
  const zero = c.version.major === 0 && c.version.minor === 0 && c.version.patch === 0;
  // "~0.0.0" and "*" mean anything from 0.0.0 on.
  if (zero && (c.given === 'all' || c.given === 'nothing')) return true;
  return v.major === c.version.major && (c.given === 'major' || v.minor === c.version.minor);
}

function caret(v: SemVer, c: Comparison): boolean {
  if (v.compare(c.version) < 0) return false;
  if (v.major !== c.version.major) return false;
  if (c.version.major > 0 || c.given === 'major') return true;
  if (v.minor !== c.version.minor) return false;
  if (c.version.minor > 0 || c.given === 'minor') return true;
  // Below 0.1 every patch may break; "^*" is read as "^0.0.0".
  return v.patch === c.version.patch;
}
