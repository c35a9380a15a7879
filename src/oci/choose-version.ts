import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Constraint } from './parse-constraint.ts';
import { ANY_RELEASE, parseConstraint } from './parse-constraint.ts';
import type { Reference } from './reference.ts';
import { isTag, refuseProvenanceTag } from './reference.ts';
import { looseVersion } from './version.ts';

/** How the manifest is found. With a digest, `tag` is what was asked for beside it and must be the same chart. */
export type Version =
  | { kind: 'tag'; tag: string }
  | { kind: 'digest'; tag?: string }
  | { kind: 'range'; constraint: Constraint; text: string };

/**
 * What reference and version argument together ask for, as Helm reads them: an exact version is a tag, anything else
 * a range over the tags. Wider than Helm in that any tag is taken (`latest`, `v1`), and that `+` in a tag is `_`.
 * @param version a version, a range, or a tag that is neither; empty is like absent
 * @throws ChartsealError `reference.version_mismatch` when tag and version differ, `reference.version_invalid`
 */
export function chooseVersion(ref: Reference, version?: string): Version {
  const asked = version?.trim() ?? '';
  if (asked !== version && looseVersion(asked) !== undefined) {
    throw new ChartsealError(
      'reference.version_invalid',
      `version "${clean(version)}" has spaces around it: "helm install" drops them, "helm pull" reads a range`,
      { help: 'Write it without spaces.' },
    );
  }
  const tag = ref.tag ?? (asked === '' ? undefined : exactTag(asked));
  if (tag !== undefined) refuseProvenanceTag(tag);
  if (ref.tag !== undefined && asked !== '' && asked.replaceAll('+', '_') !== ref.tag) {
    throw new ChartsealError(
      'reference.version_mismatch',
      `version "${clean(asked)}" is not the tag "${ref.tag}" of the reference`,
    );
  }
  if (ref.digest !== undefined) return withDigest(tag, asked);
  if (tag !== undefined) return { kind: 'tag', tag };
  if (asked === '') return { kind: 'range', constraint: ANY_RELEASE, text: '*' };
  return { kind: 'range', constraint: parseConstraint(asked), text: asked };
}

// Exact: a version (loose, so "1.2" and "v1.2.3" are tags and no ranges, as in Helm), or a tag that is no range.
function exactTag(asked: string): string | undefined {
  const tag = asked.replaceAll('+', '_');
  if (!isTag(tag)) return undefined;
  return looseVersion(asked) !== undefined || !isRange(asked) ? tag : undefined;
}

function isRange(asked: string): boolean {
  try {
    parseConstraint(asked);
    return true;
  } catch {
    return false;
  }
}

function withDigest(tag: string | undefined, asked: string): Version {
  if (tag !== undefined) return { kind: 'digest', tag };
  if (asked === '') return { kind: 'digest' };
  throw new ChartsealError(
    'reference.version_invalid',
    `version "${clean(asked)}" is a range, but the reference has a digest already`,
    { help: 'Leave out the version, or give the exact one.' },
  );
}
