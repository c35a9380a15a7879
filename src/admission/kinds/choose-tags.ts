import { looseVersion, satisfiesVersion, strictVersion } from '../../oci/index.ts';
import type { RangeVersion, TagReading } from './use.ts';

export type ChosenTags =
  /** Each of these may be the one the controller takes: all have to be judged. */
  { ok: true; tags: string[] } | { ok: false; reason: 'none' | 'incomparable' | 'ambiguous'; tag?: string };

type Version = NonNullable<ReturnType<typeof looseVersion>>;

interface ReadTags {
  versions: { tag: string; version: Version }[];
  /** A tag that cannot be compared with others. */
  incomparable: string | undefined;
}

/** More equally high tags than this are not judged one by one. */
const MAX_EQUAL = 4;

const STRICT = /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?$/;
const LOOSE = /^v?[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?$/;

// An object may have many ranges over one long list, which is read once; what was read is gone when the list is.
const known = new WeakMap<readonly string[], Map<string, ReadTags>>();

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
  const { versions, incomparable } = readTags(tags, reading);
  if (incomparable !== undefined) return { ok: false, reason: 'incomparable', tag: incomparable };
  let best: { version: Version; tags: string[] } | undefined;
  for (const { tag, version } of versions) {
    if (!satisfiesVersion(constraint, version)) continue;
    const order = best === undefined ? 1 : version.compare(best.version);
    if (order > 0) best = { version, tags: [tag] };
    else if (order === 0) best?.tags.push(tag);
  }
  const found = new Set(best?.tags);
  if (tagFirst !== undefined && tags.includes(tagFirst)) found.add(tagFirst);
  if (found.size === 0) return { ok: false, reason: 'none' };
  return found.size > MAX_EQUAL ? { ok: false, reason: 'ambiguous' } : { ok: true, tags: [...found] };
}

function readTags(tags: readonly string[], reading: TagReading): ReadTags {
  const byReading = known.get(tags) ?? new Map<string, ReadTags>();
  known.set(tags, byReading);
  const key = `${reading.form} ${reading.plus}`;
  const read = byReading.get(key) ?? readAll(tags, reading);
  byReading.set(key, read);
  return read;
}

function readAll(tags: readonly string[], reading: TagReading): ReadTags {
  const versions: ReadTags['versions'] = [];
  for (const tag of tags) {
    const text = reading.plus ? tag.replaceAll('_', '+') : tag;
    if (isBeyondCompare(text, reading)) return { versions: [], incomparable: tag };
    const version = readTag(text, reading);
    if (version !== undefined) versions.push({ tag, version });
  }
  return { versions, incomparable: undefined };
}

function readTag(text: string, { form }: TagReading): Version | undefined {
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
