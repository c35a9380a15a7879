import { expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';

// Argo CD finds the settings of a repository by its url without ".git", and pulls from the url in the settings: another
// repository than the one that an Application names, and that would be judged.

const application = (source: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'x', namespace: 'argocd' },
  spec: { source: { targetRevision: '1.2.3', ...source } },
});

it.each([
  ['pulled with Helm', { repoURL: 'registry.test/charts.git', chart: 'app' }],
  ['of its own kind', { repoURL: 'oci://registry.test/charts/app.git', path: '.' }],
])('a source in a registry, %s', async (_, source) => {
  const world = await admissionWorld();
  await pushApp(world.registry, 'charts.git/app');
  const response = await world.review(application(source));
  expect([response.allowed, response.status.message.includes('ends with ".git"')]).toEqual([false, true]);
  expect(world.registry.requests).toEqual([]);
});

it('a repository of Git is what it was', async () => {
  const world = await admissionWorld();
  const response = await world.review(application({ repoURL: 'https://git.test/x.git', path: '.' }));
  expect(response.status.message).toContain('k8s.not_oci');
});
