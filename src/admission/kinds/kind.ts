import type { ChartUse, ObjectRef } from './use.ts';

/** A kind of object that installs charts, or that others name charts through. */
export interface Kind {
  /** API group without version. */
  group: string;
  /** Versions whose fields were read; an object of another version is unresolved. */
  versions: readonly string[];
  /** The plural, as in a webhook's rules. */
  resource: string;
  kind: string;
  /**
   * Where a digest goes when it is pinned. `field`: a field of its own, which nobody takes away again. `drift`: a field,
   * but what keeps the object as it is in Git sees a difference and sets it back, so that it is used on request only.
   * `annotation`: there is no field, the digest is written down for people.
   */
  pins: 'field' | 'drift' | 'annotation' | 'nothing';
  /** Objects its controller makes of it, which are judged when they are made. */
  makes?: readonly string[];
  /**
   * Does its controller, or that of another kind, go on to install what the object names while it waits for its
   * finalizers, which whoever writes it may add to? Then a change of its charts is judged until it is gone.
   */
  countsUntilGone?: true;
  /**
   * The charts that the object names. May throw for an object of an impossible shape: `readUses` sees to that.
   * @param namespace of the object; undefined for objects of the cluster
   */
  read(object: unknown, namespace: string | undefined): ChartUse[];
  /** Objects whose charts move when this one changes. */
  dependants?(ref: ObjectRef): Dependants[];
  /** The fields of its spec that move them. */
  movedBy?: readonly string[];
}

/** Which objects to look for: all of a kind, in one namespace or in all, that name the changed one. */
interface Dependants {
  group: string;
  kind: string;
  /** undefined: all namespaces. */
  namespace: string | undefined;
  /** Does this object name the changed one? */
  refersTo(candidate: unknown): boolean;
}
