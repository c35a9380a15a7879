import { field } from './kinds/fields.ts';
import type { Kind, ObjectRef } from './kinds/index.ts';
import type { ObjectReader } from './object-reader.ts';
import { namespaceOf } from './read-uses.ts';

/** Which object this is; undefined for one that has no name yet. */
export function refOf(kind: Kind, object: unknown, namespace?: string): ObjectRef | undefined {
  const name = field(object, 'metadata', 'name');
  if (typeof name !== 'string' || name === '') return undefined;
  return { group: kind.group, kind: kind.kind, namespace: namespaceOf(object, namespace), name };
}

/**
 * Does the change move charts that other objects name? Of a HelmRepository its url and type do; one that is created may
 * have been waited for.
 */
export function movesDependants(kind: Kind, before: unknown, after: unknown): boolean {
  if (kind.dependants === undefined) return false;
  // What is no text has moved, whatever it is.
  const differs = (name: string) =>
    (field(before, 'spec', name) ?? '') !== (field(after, 'spec', name) ?? '');
  return before === undefined || before === null || kind.movedBy?.some(differs) === true;
}

/**
 * All objects whose charts move with this one, as the API server has them. To judge them read each with `readUses` and
 * resolve it through `withObject`, so that the object counts as it will be.
 * @throws what the reader throws
 */
export async function findDependants(
  kind: Kind,
  ref: ObjectRef,
  reader: Pick<ObjectReader, 'list'>,
  signal?: AbortSignal,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { group, kind: name, namespace, refersTo } of kind.dependants?.(ref) ?? []) {
    const candidates = await reader.list(group, name, namespace, refersTo, signal);
    found.push(...candidates.filter((candidate) => refersTo(candidate)));
  }
  return found;
}
