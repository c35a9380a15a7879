import { looseVersion, satisfies, strictVersion } from '../../oci/index.ts';
import type { RangeVersion, TagReading } from './use.ts';

export type ChosenTags =
  /** Each of these may be the one the controller takes: all have to be judged. */
  { ok: true; tags: string[] } | { ok: false; reason: 'none' | 'incomparable' | 'ambiguous'; tag?: string };

/** More equally high tags than this are not judged one by one. */
const MAX_EQUAL = 4;

const STRICT = /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?$/;
const LOOSE = /^v?[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?$/;

/**
 * The tags that a controller may take for a range: the highest version in it, as that controller reads tags. Versions
 * that differ only in build metadata, or in how they are written (`v1.0.0`, `1.0.0`), are equal in Masterminds/semver,
 * and which of them comes first depends on an unstable sort: so all of them are given.
 * @param tags all tags of the repository, as the registry spells them
 */
export function chooseTags(
  { constraint, tags: reading, tagFirst }: RangeVersion,
  tags: readonly string[],
): ChosenTags {
  let best: { version: NonNullable<ReturnType<typeof looseVersion>>; tags: string[] } | undefined;
  for (const tag of tags) {
    const text = reading.plus ? tag.replaceAll('_', '+') : tag;
    if (isBeyondCompare(text, reading)) return { ok: false, reason: 'incomparable', tag };
    const version = readTag(text, reading);
    if (version === undefined || !satisfies(constraint, text)) continue;
    const order = best === undefined ? 1 : version.compare(best.version);
    if (order > 0) best = { version, tags: [tag] };
    else if (order === 0) best?.tags.push(tag);
  }
  const found = new Set(best?.tags);
  if (tagFirst !== undefined && tags.includes(tagFirst)) found.add(tagFirst);
  if (found.size === 0) return { ok: false, reason: 'none' };
  return found.size > MAX_EQUAL ? { ok: false, reason: 'ambiguous' } : { ok: true, tags: [...found] };
}

function readTag(text: string, { form }: TagReading): ReturnType<typeof looseVersion> {
  if (form === 'strict') return strictVersion(text);
  return form === 'loose' || hasThreeParts(text) ? looseVersion(text) : undefined;
}

// Go compares numbers up to 2^64, JavaScript up to 2^53: a tag with a larger one would be the highest there and be
// passed over, or rounded, here. No chart has such a version.
function isBeyondCompare(text: string, { form }: TagReading): boolean {
  const [core = ''] = text.split('+');
  if (!/(?:^v?|[.-])[0-9]{16,}(?=[.-]|$)/.test(core)) return false;
  if (form === 'strict') return STRICT.test(core);
  return LOOSE.test(core) && (form === 'loose' || hasThreeParts(text));
}

// As fluxcd/pkg/version counts them: parts between dots, in whatever they stand.
function hasThreeParts(text: string): boolean {
  return text.split('.').length >= 3;
}
