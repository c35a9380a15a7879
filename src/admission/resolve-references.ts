import { mapBounded } from '../base/map-bounded.ts';
import { clean } from '../base/text.ts';
import { inHelmRepository } from './kinds/flux-chart.ts';
import type { ChartUse, ObjectRef, OciUse, Place, ReferringUse, UnresolvedUse } from './kinds/index.ts';
import type { NotOciUse } from './kinds/use.ts';
import type { ObjectReader } from './object-reader.ts';
import { readUses } from './read-uses.ts';

/** Something had to be asked for and could not be: of the chart nothing is known, and asking again may help. */
export interface FailedUse extends Place {
  state: 'failed';
  /** What was asked for, for people. */
  reference: string;
  error: unknown;
}

export type FollowedUse = OciUse | NotOciUse | UnresolvedUse | FailedUse;

/** The longest chain: HelmRelease, HelmChart, HelmRepository. */
const MAX_DEPTH = 3;
/** Objects read at the same time. */
const CONCURRENCY = 8;

/**
 * Follows references to other objects. Each object is read once, whoever names it.
 * @param reader undefined: nobody can be asked, and references stay unresolved
 */
export async function resolveReferences(
  uses: readonly ChartUse[],
  reader: Pick<ObjectReader, 'get'> | undefined,
): Promise<FollowedUse[]> {
  const get = reader && remembering(reader);
  const followed = await mapBounded([...uses], CONCURRENCY, (use) => follow(use, get, 0));
  return followed.flat();
}

type Get = ObjectReader['get'];

async function follow(use: ChartUse, get: Get | undefined, depth: number): Promise<FollowedUse[]> {
  if (use.state !== 'reference') return [use];
  const { target } = use;
  const shown = describeRef(target);
  const refuse = (reason: UnresolvedUse['reason'], why: string): FollowedUse[] => [
    { state: 'unresolved', path: use.path, at: use.at, reason, why },
  ];
  if (get === undefined) return refuse('reference', `${shown} names the chart, and cannot be read from here`);
  if (depth >= MAX_DEPTH) return refuse('unsupported', `${shown} refers on to further objects`);
  let object: unknown;
  try {
    object = await get(target);
  } catch (error) {
    return [{ state: 'failed', path: use.path, at: use.at, reference: shown, error }];
  }
  if (object === undefined || object === null) return refuse('absent', `${shown} does not exist`);
  const found = chartsOf(object, use);
  if (found === undefined) return refuse('unknown', `${shown} is another object than was asked for`);
  const next = await Promise.all(found.map((one) => follow(moved(one, use, shown), get, depth + 1)));
  return next.flat();
}

function chartsOf(object: unknown, { target, asks, segments }: ReferringUse): ChartUse[] | undefined {
  const read = readUses(object, target.namespace);
  if (read === undefined || read.kind.group !== target.group || read.kind.kind !== target.kind)
    return undefined;
  // Of a HelmRepository nothing but an unknown version is read.
  if (asks === 'charts' || read.uses.length > 0) return read.uses;
  return [inHelmRepository(object, asks, segments)];
}

// What the other object names is named here by naming it, and can be pinned there only.
function moved(use: ChartUse, { path, at, segments }: ReferringUse, shown: string): ChartUse {
  switch (use.state) {
    case 'oci':
      return { ...use, path, at, pin: { why: `${shown} names the chart` } };
    case 'reference':
      return { ...use, path, at, segments };
    case 'not-oci':
      return { ...use, path, at };
    case 'unresolved':
      return { ...use, path, at, why: use.why.startsWith('its ') ? use.why : `${shown}: ${use.why}` };
  }
}

function remembering(reader: Pick<ObjectReader, 'get'>): Get {
  const asked = new Map<string, Promise<unknown>>();
  return (ref) => {
    const key = JSON.stringify([ref.group, ref.kind, ref.namespace ?? null, ref.name]);
    const known = asked.get(key);
    if (known !== undefined) return known;
    // A reader that throws at once is one that fails.
    const answer = (async () => reader.get(ref))();
    asked.set(key, answer);
    return answer;
  };
}

/** `HelmRepository flux-system/charts` */
export function describeRef({ kind, namespace, name }: ObjectRef): string {
  return clean(`${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`);
}
