import { isObject } from '../../base/is-object.ts';
import { hasSources, type Revision, readArgoSpec, readSources } from './argo-source.ts';
import { describePath, field, type Segments } from './fields.ts';
import type { Kind } from './kind.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, unresolved } from './use.ts';

/** Phases in which nothing of an operation is left to be done (gitops-engine pkg/sync/common OperationPhase). */
const COMPLETED = new Set<unknown>(['Succeeded', 'Failed', 'Error']);

/**
 * Application of Argo CD: its spec; what `operation.sync` asks for instead, which needs no change of the spec; and what
 * the status says of an operation that is under way, because the controller goes on with that, and the status is no
 * subresource: whoever may write the operation may write it too (controller/appcontroller.go
 * processRequestedAppOperation).
 */
export const application: Kind = {
  group: 'argoproj.io',
  versions: ['v1alpha1'],
  resource: 'applications',
  kind: 'Application',
  pins: 'drift',
  // An operation is begun before the deletion goes on, and hooks of the deletion are rendered from the spec as it is
  // then (controller/appcontroller.go processAppOperationQueueItem, controller/hook.go executeHooks).
  countsUntilGone: true,
  read(object) {
    const uses = readArgoSpec(field(object, 'spec'), ['spec']);
    const operation = field(object, 'operation') ?? undefined;
    if (operation === undefined) return uses;
    if (!isObject(operation))
      return [...uses, unresolved(['operation'], 'invalid', 'operation is no object')];
    uses.push(...readOperation(object, operation, ['operation']));
    const state = field(object, 'status', 'operationState');
    if (isObject(state) && !COMPLETED.has(field(state, 'phase'))) {
      const at = ['status', 'operationState'];
      uses.push(...readOperation(object, field(state, 'operation'), [...at, 'operation']));
      uses.push(...readSync(object, field(state, 'syncResult'), [...at, 'syncResult']));
    }
    return uses;
  },
};

// A retry that refreshes forgets the revisions, and takes what the sources of the operation say themselves
// (controller/appcontroller.go processRequestedAppOperation).
function readOperation(object: unknown, operation: unknown, segments: Segments): ChartUse[] {
  const at = [...segments, 'sync'];
  const sync = field(operation, 'sync');
  const uses = readSync(object, sync, at);
  const forgets = Boolean(field(operation, 'retry', 'refresh')) && isObject(sync);
  return forgets ? [...uses, ...readSync(object, { ...sync, revision: null, revisions: null }, at)] : uses;
}

// controller/sync.go newSyncOperationResult, SyncAppState: sources of its own or those of the spec, and revisions.
function readSync(object: unknown, sync: unknown, segments: Segments): ChartUse[] {
  if (sync === undefined || sync === null) return [];
  if (!isObject(sync)) return [unresolved(segments, 'invalid', `${describePath(segments)} is no object`)];
  const manifests = field(sync, 'manifests') ?? [];
  if (!Array.isArray(manifests) || manifests.length > 0) {
    return [notOci([...segments, 'manifests'], 'inline', 'manifests inside the operation', manifests)];
  }
  const one = readTexts(sync, segments, ['revision']);
  if (!one.ok) return [one.use];
  const all = readRevisions(sync, segments);
  if (!Array.isArray(all)) return [all];
  const revisions = { all, one: { text: one.texts.revision, segments: [...segments, 'revision'] } };
  if (hasSources(sync) || (field(sync, 'source') ?? undefined) !== undefined) {
    return readSources(sync, segments, revisions);
  }
  const asks = one.texts.revision !== '' || all.some(({ text }) => text !== '');
  if (!asks) return [];
  const spec = field(object, 'spec');
  // The source of a hydrator is a branch of Git, whatever the revision.
  if ((field(spec, 'sourceHydrator') ?? undefined) !== undefined && !hasSources(spec)) return [];
  return readSources(spec, ['spec'], revisions);
}

function readRevisions(sync: unknown, segments: Segments): Revision[] | ChartUse {
  const at = [...segments, 'revisions'];
  const list = field(sync, 'revisions') ?? [];
  if (!Array.isArray(list)) return unresolved(at, 'invalid', `${describePath(at)} is no list`);
  const wrong = list.findIndex((text) => typeof text !== 'string');
  if (wrong >= 0) return unresolved([...at, wrong], 'invalid', `${describePath([...at, wrong])} is no text`);
  return list.map((text: string, i) => ({ text, segments: [...at, i] }));
}
