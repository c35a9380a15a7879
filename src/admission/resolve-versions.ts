import { ChartsealError } from '../base/error.ts';
import { mapBounded } from '../base/map-bounded.ts';
import { clean } from '../base/text.ts';
import { looseVersion } from '../oci/index.ts';
import { type ChosenTags, chooseTags } from './kinds/choose-tags.ts';
import type { NotOciUse, OciUse, Place, UnresolvedUse } from './kinds/index.ts';
import type { RangeVersion } from './kinds/use.ts';
import type { FailedUse, FollowedUse } from './resolve-references.ts';

/** A chart in an OCI registry, as it can be verified: no version is left to be chosen. */
export interface ChartToJudge extends Place {
  state: 'oci';
  /** `oci://host/repository`, with tag and digest as the controller will ask for them now. */
  reference: string;
  /** The version where the tag does not spell it (`1.0.0+b`). */
  version?: string;
  /** How the object fixes it: by digest, by a tag, or by a range (no version at all included). */
  fixed: 'digest' | 'tag' | 'range';
  /** What the object says. */
  use: OciUse;
}

export type ResolvedUse = ChartToJudge | NotOciUse | UnresolvedUse | FailedUse;

/** All tags of `oci://host/repository`. */
export type ListTags = (repository: string) => Promise<readonly string[]>;

/**
 * Told of each range how often a version will be compared for it, before that is done.
 * @throws when that is too much; the use is `failed` then
 */
export type Spend = (comparisons: number) => void;

/**
 * A tag that is held against the signed version ("the chart asked for", match-asked-chart.ts): any other claims none
 * there. Controllers that read loosely take "01.9.9" and "1.9_x" for versions too, so an old chart could come as a new one.
 */
const CLAIM = /^v?(?:[0-9]+(?:\.[0-9]+)?|(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}(?:[-_+].*)?)$/;

/** Repositories listed at the same time. */
const CONCURRENCY = 4;

/**
 * Chooses the tags of ranges as the controllers would now. A range may give several charts at the same place, of which
 * the controller takes one: all of them have to be allowed.
 * @param listTags is asked once for each repository that a range is over; what it throws is a `failed` use
 */
export async function resolveVersions(
  uses: readonly FollowedUse[],
  listTags: ListTags,
  spend: Spend = () => {},
): Promise<ResolvedUse[]> {
  const listed = new Map<string, Promise<readonly string[]>>();
  const list: ListTags = (repository) => {
    const known = listed.get(repository) ?? (async () => listTags(repository))();
    listed.set(repository, known);
    return known;
  };
  const resolved = await mapBounded([...uses], CONCURRENCY, async (use): Promise<ResolvedUse[]> => {
    if (use.state !== 'oci') return [use];
    const { asked } = use;
    if (asked.kind === 'digest') {
      const tag = asked.tag === undefined ? '' : `:${asked.tag}`;
      return [toJudge(use, 'digest', { reference: `${use.repository}${tag}@${asked.digest}` })];
    }
    if (asked.kind === 'exact' || asked.kind === 'latest') {
      return [toJudge(use, 'tag', withTag(use.repository, asked.tag))];
    }
    return fromRange(use, asked, list, spend);
  });
  return resolved.flat();
}

async function fromRange(
  use: OciUse,
  asked: RangeVersion,
  list: ListTags,
  spend: Spend,
): Promise<ResolvedUse[]> {
  const { path, at, repository } = use;
  const named = `${repository} (${clean(asked.text || '*')})`;
  const fail = (error: unknown): ResolvedUse[] => [{ state: 'failed', path, at, reference: named, error }];
  let chosen: ChosenTags;
  try {
    const tags = await list(repository);
    const { alternatives } = asked.constraint;
    spend(tags.length * alternatives.reduce((sum, { comparisons }) => sum + comparisons.length, 0));
    chosen = chooseTags(asked, tags);
  } catch (error) {
    return fail(error);
  }
  if (chosen.ok) {
    const silent = chosen.tags.find((tag) => tag !== asked.tagFirst && !CLAIM.test(tag));
    if (silent === undefined)
      return chosen.tags.map((tag) => toJudge(use, 'range', withTag(repository, tag)));
    const why = `${named}: the tag "${clean(silent)}" is the highest to the controller, and no version by SemVer`;
    return [{ state: 'unresolved', path, at, reason: 'unsupported', why }];
  }
  if (chosen.reason === 'none') {
    const message = `no tag of ${repository} satisfies "${clean(asked.text || '*')}"`;
    return fail(new ChartsealError('chart.no_matching_version', message));
  }
  const why =
    chosen.reason === 'ambiguous'
      ? `${named}: too many tags are the same version`
      : `${named}: the tag "${clean(chosen.tag)}" has a number too large to be compared`;
  return [{ state: 'unresolved', path, at, reason: 'unsupported', why }];
}

function toJudge(
  use: OciUse,
  fixed: ChartToJudge['fixed'],
  asked: { reference: string; version?: string },
): ChartToJudge {
  return { state: 'oci', path: use.path, at: use.at, ...asked, fixed, use };
}

// With "+" in it a version is told apart from its tag, because Helm reads the two in different ways; all other tags
// stand in the reference, where nobody takes them for a range.
function withTag(repository: string, tag: string): { reference: string; version?: string } {
  const version = tag.replaceAll('_', '+');
  const isBuild = version !== tag && looseVersion(version) !== undefined;
  return isBuild ? { reference: repository, version } : { reference: `${repository}:${tag}` };
}
