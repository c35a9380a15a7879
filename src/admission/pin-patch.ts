import { isObject } from '../base/is-object.ts';
import { isDigest } from '../oci/index.ts';
import { field, pointer, type Segments } from './kinds/fields.ts';
import type { ChartUse, Kind, OciUse } from './kinds/index.ts';
import {
  annotationKey,
  annotationValue,
  describeAsked,
  isAnnotationKey,
  readAnnotation,
} from './pin-annotation.ts';
import { readUses } from './read-uses.ts';

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation = { op: 'add'; path: string; value: unknown } | { op: 'remove'; path: string };

/** How far pinning goes. */
export interface PinOptions {
  /** Also what is asked for by a range, which stays at that version from then on. */
  ranges?: boolean;
  /** Also in fields that what keeps the object as in Git sets back (`pins: 'drift'`). */
  drift?: boolean;
}

/** A chart that an object names, and the digest that was judged for it. */
interface Pinning {
  use: OciUse;
  digest: string;
}

/** Will the stored object name this chart by digest? */
export function willPin(kind: Kind, use: OciUse, options: PinOptions = {}): boolean {
  return use.asked.kind === 'digest' || howToPin(kind, use, options) === 'field';
}

/**
 * What makes an object name the digests that were judged: in a field, where its kind has one, and in an annotation that
 * says for which version that is. Applied a second time it is empty. Annotations of charts that are no longer named go.
 */
export function pinPatch(
  object: unknown,
  pinnings: readonly Pinning[],
  options: PinOptions = {},
): PatchOperation[] {
  const read = readUses(object);
  if (read === undefined || read.kind.pins === 'nothing') return [];
  const operations: PatchOperation[] = [];
  const annotations = new Map<string, string>();
  for (const { use, digest } of unambiguous(pinnings)) {
    const how = howToPin(read.kind, use, options);
    if (how === 'not') continue;
    if (how === 'field' && use.pin.field !== undefined) {
      operations.push(...setField(object, use.pin.field, digest));
    }
    annotations.set(annotationKey(use.path), annotationValue(use, digest));
  }
  const stale = staleAnnotations(object, read.uses, annotations);
  return [...operations, ...setAnnotations(object, annotations, stale)];
}

function howToPin(
  kind: Kind,
  { asked, pin, path }: OciUse,
  options: PinOptions,
): 'field' | 'annotation' | 'not' {
  if (asked.kind === 'digest' || kind.pins === 'nothing') return 'not';
  if ((asked.kind === 'range' || asked.kind === 'missing') && options.ranges !== true) return 'not';
  // What an operation asks for is gone when it is done.
  if (path.startsWith('/operation/') || path.startsWith('/status/')) return 'not';
  const mayUseField = kind.pins === 'field' || (kind.pins === 'drift' && options.drift === true);
  return pin.field !== undefined && mayUseField ? 'field' : 'annotation';
}

// A range that may be one of several charts has no one digest.
function unambiguous(pinnings: readonly Pinning[]): Pinning[] {
  const digests = new Map<string, Set<string>>();
  for (const { use, digest } of pinnings) {
    const known = digests.get(use.path);
    if (known === undefined) digests.set(use.path, new Set([digest]));
    else known.add(digest);
  }
  const seen = new Set<string>();
  return pinnings.filter(({ use, digest }) => {
    if (!isDigest(digest) || digests.get(use.path)?.size !== 1 || seen.has(use.path)) return false;
    seen.add(use.path);
    return true;
  });
}

// Objects that are not there yet are made, the outermost at once with all that goes into it.
function setField(object: unknown, segments: Segments, value: string): PatchOperation[] {
  if (field(object, ...segments) === value) return [];
  const isThere = (depth: number) => (field(object, ...segments.slice(0, depth)) ?? undefined) !== undefined;
  let depth = 1;
  while (depth < segments.length && isThere(depth)) depth++;
  const made = segments.slice(depth).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return [{ op: 'add', path: pointer(segments.slice(0, depth)), value: made }];
}

function staleAnnotations(
  object: unknown,
  uses: readonly ChartUse[],
  fresh: ReadonlyMap<string, string>,
): string[] {
  const annotations = field(object, 'metadata', 'annotations');
  if (!isObject(annotations)) return [];
  const kept = new Set(fresh.keys());
  for (const use of uses) {
    const known = readAnnotation(object, use.path);
    if (known === undefined) continue;
    if (isStillOf(use, known)) kept.add(annotationKey(use.path));
  }
  return Object.keys(annotations).filter((key) => isAnnotationKey(key) && !kept.has(key));
}

function isStillOf(use: ChartUse, known: { digest: string; asked: string }): boolean {
  // Which chart another object names cannot be told from here.
  if (use.state !== 'oci') return use.state === 'reference';
  return use.asked.kind === 'digest' ? use.asked.digest === known.digest : describeAsked(use) === known.asked;
}

function setAnnotations(
  object: unknown,
  fresh: ReadonlyMap<string, string>,
  stale: readonly string[],
): PatchOperation[] {
  const at = ['metadata', 'annotations'];
  const known = field(object, ...at);
  if (!isObject(known)) {
    if (fresh.size === 0) return [];
    const value = Object.fromEntries(fresh);
    if (isObject(field(object, 'metadata'))) return [{ op: 'add', path: pointer(at), value }];
    return [{ op: 'add', path: '/metadata', value: { annotations: value } }];
  }
  const added = [...fresh].filter(([key, value]) => field(known, key) !== value);
  return [
    ...stale.map((key): PatchOperation => ({ op: 'remove', path: pointer([...at, key]) })),
    ...added.map(([key, value]): PatchOperation => ({ op: 'add', path: pointer([...at, key]), value })),
  ];
}
