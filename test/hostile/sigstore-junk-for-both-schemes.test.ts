import { expect, test } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { attachBundle, attachLegacy, BUNDLE_V03 } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask, NOW } from '../support/service.ts';
import { createFakeKey, createFakeSigstore } from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld } from '../support/world.ts';

// Junk for both schemes among the referrers, as much as each opens at most: a good signature under the older tag is
// found all the same, within the requests of one verification.
test('junk for PGP and for sigstore does not hide a signature under the .sig tag', async () => {
  const sigstore = createFakeSigstore({ clock: () => NOW });
  const world = await createWorld({
    config: {
      trust: {
        release: { pgp: 'release.asc' },
        key: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } },
      },
      policies: [{ name: 'default', match: ['**'], require: { anyOf: ['release', 'key'] } }],
      limits: { retries: 0 },
    },
    files: { 'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem) },
  });
  const { registry } = world;
  const archive = await fixture('demo/app-1.2.3.tgz');
  const subject = await registry.pushChart('charts/app', '1.2.3', { archive, config: await appConfig() });
  const place = { registry, repository: 'charts/app', subject };
  const stranger = createFakeKey('p256');
  // Say to be bundles and hold none: each costs a request and counts for no signature.
  for (let i = 0; i < 8; i++) {
    const hollow = { mediaType: 'text/plain', artifactType: BUNDLE_V03 };
    await attachBundle(place, new TextEncoder().encode(`hollow ${i}`), hollow);
  }
  for (let i = 0; i < 10; i++) {
    const junk = sigstore.signWithKey({
      digest: subject.digest,
      key: stranger,
      annotations: { n: `${i}` },
      rekor: 'none',
    });
    await attachBundle(place, junk.bytes());
    const empty = {
      mediaType: MEDIA_TYPES.provenance,
      artifactType: MEDIA_TYPES.provenance,
      predicateType: null,
    };
    await attachBundle(place, new TextEncoder().encode(`junk ${i}`), empty);
  }
  await attachLegacy(place, 'sig', [sigstore.signLegacy({ digest: subject.digest, rekor: 'none' })]);
  const { body } = await ask(
    world.service,
    { reference: 'oci://registry.test/charts/app:1.2.3' },
    AUTHORIZED,
  );
  expect(body.verdict, JSON.stringify(body.reasons)).toBe('allow');
  expect(body.stats.registryRequests).toBeLessThanOrEqual(40);
});
