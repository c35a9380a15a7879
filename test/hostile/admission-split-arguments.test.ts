import { expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';

// Older jobs of k3s split what they hand on at spaces, so that a value of `set` becomes further arguments of Helm: a
// second --version is the one that counts.

const chart = (spec: object) => ({
  apiVersion: 'helm.cattle.io/v1',
  kind: 'HelmChart',
  metadata: { name: 'app', namespace: 'default' },
  spec: { chart: 'oci://registry.test/charts/app', version: '1.2.3', ...spec },
});

it.each([
  ['a value', { set: { greeting: 'hi --version 9.9.9' } }],
  ['a value behind a tab', { set: { greeting: 'hi\t--version=9.9.9' } }],
  ['a value behind a line', { set: { greeting: 'hi\n--version=9.9.9' } }],
  ['a key', { set: { 'a=b --version 9.9.9 --set c': 'd' } }],
  ['the namespace', { targetNamespace: 'default --version 9.9.9' }],
])('in %s', async (_, spec) => {
  const world = await admissionWorld();
  await pushApp(world.registry);
  const response = await world.review(chart(spec));
  expect([response.allowed, response.status?.message.includes('k8s.unreadable')]).toEqual([false, true]);
  // The same chart without them, later: what is not resolved has changed when its content has.
  const change = { operation: 'UPDATE', oldObject: chart({ set: { greeting: 'hi --version 9.9.8' } }) };
  expect((await world.review(chart(spec), change)).allowed).toBe(false);
});

it('but words and numbers are no arguments', async () => {
  const world = await admissionWorld();
  await pushApp(world.registry);
  const set = { greeting: 'hello world - ok', 'a.b': 3, dash: '-1', list: '{a,-b}' };
  expect((await world.review(chart({ set: { ...set, greeting: 'hello world' } }))).allowed).toBe(true);
});
