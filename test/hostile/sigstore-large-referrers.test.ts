import { expect, test } from 'vitest';
import { attachBundle, attachLegacy } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { createFakeKey, createFakeSigstore } from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld } from '../support/world.ts';

// Manifests of four megabytes full of annotations, each half a second's work to parse, sixteen to a chart: what refers to
// a chart is small, and what is not is not read. It hides no good signature elsewhere, and approves nothing.
const NOW = Date.UTC(2026, 10, 24, 12);
const sigstore = createFakeSigstore({ clock: () => NOW });
const stranger = createFakeKey();

test.each([
  ['a signature under the tag for .sig is found', true, 'allow'],
  ['without one nothing is known', false, 'inconclusive'],
])('beside large manifests of strangers, %s', async (_, isSigned, verdict) => {
  const { registry, service } = await createWorld({
    config: {
      trust: { key: { sigstore: { key: 'cosign.pub', root: 'root.json' } } },
      policies: [{ name: 'default', match: ['**'], require: 'key' }],
    },
    files: {
      'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem),
      'root.json': new TextEncoder().encode(sigstore.trustedRootJson),
    },
    now: NOW,
  });
  const chart = { archive: await fixture('demo/app-1.2.3.tgz'), config: await appConfig() };
  const subject = await registry.pushChart('charts/app', '1.2.3', chart);
  const place = { registry, repository: 'charts/app', subject };
  for (let i = 0; i < 4; i++) {
    await attachBundle(place, sigstore.signWithKey({ digest: subject.digest, key: stranger }).bytes(), {
      mutate: (manifest) => {
        const many = Array.from({ length: 40_000 }, (_, n) => [`annotation-${i}-${n}`, '']);
        Object.assign(manifest.annotations as object, Object.fromEntries(many));
      },
    });
  }
  if (isSigned) await attachLegacy(place, 'sig', [sigstore.signLegacy({ digest: subject.digest })]);
  // The list itself is short here: registries need not hand on annotations.
  const original = registry.fetch.bind(registry);
  registry.fetch = async (request) => {
    const answer = await original(request);
    if (!request.url.includes('/referrers/')) return answer;
    const list = await answer.json();
    for (const entry of list.manifests) delete entry.annotations;
    return new Response(JSON.stringify(list), { headers: { 'content-type': list.mediaType } });
  };
  const { body } = await ask(service, { reference: 'oci://registry.test/charts/app:1.2.3' }, AUTHORIZED);
  expect(body.verdict, JSON.stringify(body.reasons)).toBe(verdict);
  expect(body.stats.bytes).toBeLessThan(100_000);
  if (!isSigned) expect(JSON.stringify(body.reasons)).toContain('registry.too_large');
});
