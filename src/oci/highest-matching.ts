import type SemVer from 'semver/classes/semver.js';
import type { Constraint } from './parse-constraint.ts';
import { satisfiesVersion } from './satisfies.ts';
import { strictVersion } from './version.ts';

/**
 * The tag of the highest version in the range. As in Helm only tags that are strict SemVer (`_` read as `+`) count,
 * so `v1.0.0` and `latest` never do. Of versions that differ in build metadata only, the last in its order is taken.
 * @returns the tag as it was given, or undefined if none lies in the range
 */
export function highestMatching(tags: string[], constraint: Constraint): string | undefined {
  let best: { tag: string; version: SemVer } | undefined;
  for (const tag of tags) {
    const version = strictVersion(tag.replaceAll('_', '+'));
    if (version === undefined || !satisfiesVersion(constraint, version)) continue;
    if (best === undefined || isHigher(version, tag, best)) best = { tag, version };
  }
  return best?.tag;
}

function isHigher(version: SemVer, tag: string, best: { tag: string; version: SemVer }): boolean {
  const order = version.compare(best.version) || version.compareBuild(best.version);
  return order > 0 || (order === 0 && tag > best.tag);
}
