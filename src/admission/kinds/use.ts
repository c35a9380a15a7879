import type { Constraint, Digest } from '../../oci/index.ts';
import { describePath, pointer, type Segments } from './fields.ts';

/** Which object is meant. */
export interface ObjectRef {
  /** API group without version. */
  group: string;
  kind: string;
  /** undefined for objects of the cluster. */
  namespace: string | undefined;
  name: string;
}

/** Where in an object a chart is named. */
export interface Place {
  /** JSON pointer (RFC 6901) of the part that names it, or of the field that is wrong. */
  path: string;
  /** The same for people: `spec.sources[1]`. */
  at: string;
}

/** By whose rules a version is read and tags are chosen; `ask-version.ts` and `choose-tags.ts` have the rules. */
export type Dialect = 'helm' | 'flux-chart' | 'flux-tag' | 'argo-helm' | 'argo-oci' | 'fleet';

/** Which version of a chart is asked for. `text` is as the object spells it. */
export type AskedVersion =
  /** `tag` is what is asked for beside the digest and must be the same chart. */
  | { kind: 'digest'; text: string; digest: Digest; tag?: string }
  | { kind: 'exact'; text: string; tag: string }
  /** The tag `latest`, because the controller takes it when nothing is said, or because it is written. */
  | { kind: 'latest'; text: string; tag: 'latest' }
  | RangeVersion;

/** A version that is chosen from the tags, `missing` when none is named: then the highest release. */
export interface RangeVersion {
  kind: 'range' | 'missing';
  text: string;
  constraint: Constraint;
  /** How tags are read as versions. */
  tags: TagReading;
  /** A tag of this name is taken before the range is. */
  tagFirst?: string;
}

/** strict: SemVer 2 only; loose: with `v`, one to three numbers; loose3: loose with three numbers. */
export interface TagReading {
  form: 'strict' | 'loose' | 'loose3';
  /** Is `_` read as `+`, as Helm writes it? */
  plus: boolean;
}

/** How a chart can be fixed to a digest in the object that names it. */
export type Pin =
  /** The field takes `sha256:…`. `replaces`: it is the field of the version, whose text is lost then. */
  | { field: Segments; replaces: boolean }
  /** There is no such field. */
  | { field?: undefined; why: string };

/** A chart in an OCI registry. */
export interface OciUse extends Place {
  state: 'oci';
  /** `oci://host/repository`, as its controller will ask for it. */
  repository: string;
  asked: AskedVersion;
  pin: Pin;
  /** The field may also name what is no chart (manifests, images): then `manifest.not_a_chart` is no attack. */
  mayBeOther: boolean;
}

/** A chart that another object names. */
export interface ReferringUse extends Place {
  state: 'reference';
  target: ObjectRef;
  /** `uses`: the charts of that object; otherwise the chart of this name in that Helm repository of Flux. */
  asks: 'charts' | { chart: string; version: string };
  segments: Segments;
}

/** What is no chart in an OCI registry. */
export interface NotOciUse extends Place {
  state: 'not-oci';
  source: 'http' | 'git' | 'bucket' | 'inline' | 'file' | 'artifact';
  /** For people; foreign text in it is cleaned. */
  what: string;
  /** What it is, as it stands there: another one is another chart. */
  content: unknown;
}

/** A chart of which cannot be told which one it is. */
export interface UnresolvedUse extends Place {
  state: 'unresolved';
  /**
   * templated: filled in by the controller later. reference: another object names it, and nobody could be asked.
   * absent: that object does not exist. invalid: the controller could not resolve it either, or not all versions of it
   * alike. unsupported: the controller can, chartseal cannot. unknown: the object has an unknown shape.
   */
  reason: 'templated' | 'reference' | 'absent' | 'invalid' | 'unsupported' | 'unknown';
  /** For people; foreign text in it is cleaned. */
  why: string;
  /**
   * What stands there, and what stands beside it: another one may be another chart. Where a kind does not say it,
   * `readUses` takes the whole part of the object.
   */
  content?: unknown;
}

/** One place of an object that names a chart, as far as the object alone tells. */
export type ChartUse = OciUse | ReferringUse | NotOciUse | UnresolvedUse;

export function place(segments: Segments): Place {
  return { path: pointer(segments), at: describePath(segments) };
}

export function unresolved(
  segments: Segments,
  reason: UnresolvedUse['reason'],
  why: string,
  content?: unknown,
): UnresolvedUse {
  return {
    state: 'unresolved',
    ...place(segments),
    reason,
    why,
    ...(content === undefined ? {} : { content }),
  };
}

export function notOci(
  segments: Segments,
  source: NotOciUse['source'],
  what: string,
  content: unknown,
): NotOciUse {
  return { state: 'not-oci', ...place(segments), source, what, content };
}

export function refersTo(segments: Segments, target: ObjectRef, asks: ReferringUse['asks']): ReferringUse {
  return { state: 'reference', ...place(segments), target, asks, segments };
}
