import { describe, expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';

// An operation of Argo CD names a source and, beside it, the revision that counts in place of the source's own. When it
// fails and its retries refresh, the revision is forgotten and that of the source is installed (argo-cd v3.5.1
// controller/appcontroller.go processRequestedAppOperation): a signed revision must not cover for it.

const source = (targetRevision: string) => ({
  repoURL: 'registry.test/charts',
  chart: 'app',
  targetRevision,
});
const good = source('1.2.3');
const evil = source('6.6.6');

const application = (more: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'x', namespace: 'argocd' },
  spec: { source: good },
  ...more,
});
const one = { source: evil, revision: '1.2.3' };
const several = { sources: [evil], revisions: ['1.2.3'] };
const retry = { limit: 5, refresh: true };

const world = await admissionWorld();
await pushApp(world.registry);
await world.registry.pushChart('charts/app', '6.6.6', { archive: new Uint8Array(9) });

describe.each([
  ['source', one],
  ['sources', several],
])('of a %s', (_, sync) => {
  it('in the operation', async () => {
    const response = await world.review(application({ operation: { sync, retry } }));
    expect([response.allowed, response.status?.message.includes('6.6.6')]).toEqual([false, true]);
  });

  it('in the operation that is under way', async () => {
    const status = { operationState: { phase: 'Running', operation: { sync, retry } } };
    const response = await world.review(application({ operation: { sync: {} }, status }));
    expect([response.allowed, response.status?.message.includes('6.6.6')]).toEqual([false, true]);
  });

  it('but the revision counts where no retry forgets it', async () => {
    const operation = { sync, retry: { limit: 5 } };
    expect((await world.review(application({ operation }))).allowed).toBe(true);
  });
});

it('what Argo CD itself asks for when it syncs is what the spec says', async () => {
  const operation = { sync: { source: good, revision: '1.2.3' }, retry };
  const object = application({ operation });
  expect((await world.review(object)).allowed).toBe(true);
  world.registry.reset();
  const change = { operation: 'UPDATE', oldObject: application({}) };
  expect((await world.review(object, change)).allowed).toBe(true);
  expect(world.registry.requests).toEqual([]);
});
