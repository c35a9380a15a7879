import type { ObjectRef } from './kinds/index.ts';

/** Reads objects that others refer to, as the API server has them. */
export interface ObjectReader {
  /** @returns undefined when there is no such object */
  get(ref: ObjectRef): Promise<unknown>;
  /**
   * All objects of a kind, in one namespace or in all.
   * @param wanted which of them; the others need not be kept until all are read
   * @param signal aborted when nobody waits for them any more
   */
  list(
    group: string,
    kind: string,
    namespace?: string,
    wanted?: (object: unknown) => boolean,
    signal?: AbortSignal,
  ): Promise<readonly unknown[]>;
}

/** The same reader, as if one object were stored already: a review speaks of what is not there yet. */
export function withObject(
  reader: Pick<ObjectReader, 'get'>,
  ref: ObjectRef,
  object: unknown,
): Pick<ObjectReader, 'get'> {
  const isIt = (asked: ObjectRef) =>
    asked.group === ref.group &&
    asked.kind === ref.kind &&
    asked.namespace === ref.namespace &&
    asked.name === ref.name;
  return { get: async (asked) => (isIt(asked) ? object : reader.get(asked)) };
}
