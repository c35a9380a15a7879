import type SemVer from 'semver/classes/semver.js';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Constraint } from './parse-constraint.ts';
import { refuseProvenanceTag } from './reference.ts';
import { satisfiesVersion } from './satisfies.ts';
import { strictVersion } from './version.ts';

/**
 * The tag of the highest version in the range. As in Helm only tags that are strict SemVer (`_` read as `+`) count,
 * so `v1.0.0` and `latest` never do. Of versions that differ in build metadata only, the last in its order is taken.
 * @returns the tag as it was given, or undefined if none lies in the range
 * @throws ChartsealError `chart.version_incomparable` for a tag that Helm may take for the highest and that cannot be
 * compared here, `reference.invalid` for one that Helm reads in its own way
 */
export function highestMatching(tags: string[], constraint: Constraint): string | undefined {
  let best: { tag: string; version: SemVer } | undefined;
  for (const tag of tags) {
    if (BEYOND.test(tag)) throw incomparable(tag);
    const version = strictVersion(tag.replaceAll('_', '+'));
    if (version === undefined || !satisfiesVersion(constraint, version)) continue;
    if (best === undefined || isHigher(version, tag, best)) best = { tag, version };
  }
  if (best !== undefined) refuseProvenanceTag(best.tag);
  return best?.tag;
}

// Go compares numbers up to 2^64, JavaScript up to 2^53. No chart has such a version; who pushes one wants Helm to take it
// while another is judged.
const BEYOND = /^(?=[0-9]+\.[0-9]+\.[0-9]+(?:[-+_]|$))(?:[0-9]+\.){0,2}[0-9]{16,}(?:[-+_.]|$)/;

function incomparable(tag: string): ChartsealError {
  const message = `the tag ${clean(tag)} is a version with a number too large to be compared with others`;
  return new ChartsealError('chart.version_incomparable', message);
}

function isHigher(version: SemVer, tag: string, best: { tag: string; version: SemVer }): boolean {
  const order = version.compare(best.version) || version.compareBuild(best.version);
  return order > 0 || (order === 0 && tag > best.tag);
}
