import { clean } from '../../base/text.ts';
import { changedUses } from '../changed-uses.ts';
import type { AdmissionContext } from '../context.ts';
import { findDependants, movesDependants, refOf } from '../find-dependants.ts';
import type { UseToJudge } from '../judge-uses.ts';
import { field } from '../kinds/fields.ts';
import { type ChartUse, findKind, type Kind, type ObjectRef } from '../kinds/index.ts';
import { unresolved } from '../kinds/use.ts';
import { namespaceOf, readUses } from '../read-uses.ts';
import { readUsesToPin } from '../read-uses-to-pin.ts';
import { describeRef } from '../resolve-references.ts';
import { keyOfUse } from '../use-key.ts';
import type { ReviewRequest } from './review-schema.ts';

/** What a review asks to be judged. */
interface UsesOfReview {
  uses: UseToJudge[];
  /** undefined: no object of this kind names charts. */
  kind: Kind | undefined;
  /** The object itself, as others refer to it. */
  self: ObjectRef | undefined;
}

/**
 * The charts that a review is about: those that the object names now and did not name before, and if it moves charts
 * that other objects name, those. Nothing is asked for anywhere but for such other objects.
 * @param mode `mutate`: a digest that chartseal put beside a version that has changed since is not looked at
 * @throws what the reader of other objects throws
 */
export async function usesOfReview(
  request: ReviewRequest,
  mode: 'validate' | 'mutate',
  context: AdmissionContext,
): Promise<UsesOfReview> {
  const { object, oldObject, operation } = request;
  const namespace = request.namespace || undefined;
  const stored = operation === 'UPDATE' ? oldObject : undefined;
  const read = mode === 'mutate' ? readUsesToPin(object, namespace, stored) : readUses(object, namespace);
  if (read === undefined) return unread(request);
  const { kind } = read;
  // An object that was of another kind before named other charts: all that it names now are new.
  const before = readUses(stored, namespace);
  const old = before?.kind === kind ? before.uses : [];
  const uses: UseToJudge[] = changedUses(old, read.uses).map((use) => ({ use }));
  const self = refOf(kind, withName(object, request.name), namespace);
  if (movesDependants(kind, stored, object)) {
    uses.push(...(await usesBehind(kind, self, request, context)));
  }
  return { uses, kind, self };
}

// No charts are read from what the object says it is. An API server says the same beside it; where it does not, it is not
// taken for an object without charts.
function unread({ kind: { group, kind: name } }: ReviewRequest): UsesOfReview {
  const kind = findKind(group, name);
  if (kind === undefined) return { uses: [], kind, self: undefined };
  const why = `the review is of kind ${kind.kind}, and the object in it of another`;
  return { uses: [{ use: unresolved(['kind'], 'unknown', why) }], kind, self: undefined };
}

// Objects made with generateName get their name late, and reviews of some requests have it beside the object only.
function withName(object: unknown, name: string | null | undefined): unknown {
  if (field(object, 'metadata', 'name') || !name) return object;
  return { metadata: { name, namespace: field(object, 'metadata', 'namespace') } };
}

async function usesBehind(
  kind: Kind,
  self: ObjectRef | undefined,
  { operation }: ReviewRequest,
  { reader, deadline }: AdmissionContext,
): Promise<UseToJudge[]> {
  if (reader === undefined || self === undefined) {
    // What refers to an object that was not there yet is judged by admission.unresolved when it is made.
    if (operation === 'CREATE') return [];
    return [{ use: unknownBehind(kind) }];
  }
  const found = new Map<unknown, UseToJudge>();
  for (const dependant of await findDependants(kind, self, reader, deadline.signal)) {
    const namespace = namespaceOf(dependant);
    const read = readUses(dependant, namespace);
    if (read === undefined) continue;
    const name = field(dependant, 'metadata', 'name');
    const owner = describeRef({ group: '', kind: read.kind.kind, namespace, name: String(name) });
    for (const use of read.uses) {
      const key = keyOfUse(use);
      if (use.state === 'reference' && !found.has(key)) found.set(key, { use, owner });
    }
  }
  return [...found.values()];
}

function unknownBehind({ kind }: Kind): ChartUse {
  const why = `which charts move with the ${clean(kind)} cannot be read from here`;
  return { state: 'unresolved', path: '/spec', at: 'spec', reason: 'reference', why };
}
