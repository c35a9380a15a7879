import { expect, it } from 'vitest';
import { admissionWorld, ociRepository, pushApp } from '../admission/support.ts';

// Which kind an object is, stands in it and beside it. Whichever says that it installs charts is believed.

const URL = 'oci://registry.test/charts/app';
const kind = { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'OCIRepository' };

it.each([
  ['another kind', { kind: 'ConfigMap' }],
  ['no kind', { kind: undefined }],
  ['a kind that is no text', { kind: ['OCIRepository'] }],
  ['another group', { apiVersion: 'v1' }],
  ['no version', { apiVersion: undefined }],
  ['another case', { kind: 'ocirepository' }],
])('an object that says it is of %s', async (_, more) => {
  const world = await admissionWorld();
  await pushApp(world.registry);
  const object = { ...ociRepository(URL), ...more };
  for (const mode of ['validate', 'mutate']) {
    for (const change of [{}, { operation: 'UPDATE', oldObject: ociRepository(URL) }]) {
      const response = await world.review(object, { kind, ...change }, mode);
      expect([response.allowed, response.status?.message.includes('k8s.unreadable')]).toEqual([false, true]);
    }
  }
  const removal = { kind, operation: 'DELETE', object: null, oldObject: object };
  expect((await world.review(null, removal)).allowed).toBe(true);
});
