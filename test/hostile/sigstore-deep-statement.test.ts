import { expect, test } from 'vitest';
import { DIGEST, keyTrust, layerItem, verdict } from '../sigstore/support.ts';
import { attachBundle, attachLegacy } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { createFakeKey, createFakeSigstore } from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld } from '../support/world.ts';

// JSON that is read at any depth can be too deep to be written. A stranger's statement whose type is a list of lists of
// lists … was an exception while the refusal was put into words, and the answer for the whole chart an error 500.
const sigstore = createFakeSigstore({ clock: () => Date.UTC(2026, 10, 24, 12) });
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
const map = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

const payloads = [deep, map].flatMap((value) => [
  `{"_type":${value},"predicateType":"x","subject":[]}`,
  `{"_type":"https://in-toto.io/Statement/v1","predicateType":${value},"subject":[]}`,
  `{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":${value}}`,
  `{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[${value}]}`,
  `{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[{"digest":${value}}]}`,
  `{"critical":${value},"optional":${value}}`,
  `{"critical":{"image":{"docker-manifest-digest":${value}}}}`,
  value,
]);

test('a statement that is nested deeply anywhere is refused without an exception', async () => {
  const trust = await keyTrust(sigstore, { annotations: { a: 'b' } });
  for (const payload of payloads) {
    expect(await verdict(sigstore.signWithKey({ digest: DIGEST, payload }), trust)).not.toBe('held');
    const layer = sigstore.signLegacy({ digest: DIGEST, payload });
    expect(await verdict(layerItem('simple-signing', layer), trust)).not.toBe('held');
  }
});

test('a bundle that is nested deeply anywhere is refused without an exception', async () => {
  const trust = await keyTrust(sigstore);
  const text = JSON.stringify(sigstore.signWithKey({ digest: DIGEST }).json);
  for (const value of [deep, map]) {
    for (const match of text.matchAll(/"[^"]*":("(?:[^"]*)"|\d+)/g)) {
      const [whole, old] = match as unknown as [string, string];
      const changed = text.replace(whole, whole.slice(0, -old.length) + value);
      const item = { format: 'bundle' as const, bytes: Buffer.from(changed), annotations: {} };
      expect(await verdict(item, trust)).toMatch(/malformed|unsupported/);
    }
  }
});

test('a stranger cannot turn the verdict on a signed chart into an error', async () => {
  const world = await createWorld({
    config: {
      trust: { key: { sigstore: { key: 'cosign.pub', root: 'root.json' } } },
      policies: [{ name: 'default', match: ['**'], require: 'key' }],
    },
    files: {
      'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem),
      'root.json': new TextEncoder().encode(sigstore.trustedRootJson),
    },
  });
  const { registry, service } = world;
  const chart = { archive: await fixture('demo/app-1.2.3.tgz'), config: await appConfig() };
  const subject = await registry.pushChart('charts/app', '1.2.3', chart);
  const place = { registry, repository: 'charts/app', subject };
  const stranger = createFakeKey();
  const [payload] = payloads as [string];
  await attachBundle(place, sigstore.signWithKey({ digest: subject.digest, key: stranger, payload }).bytes());
  const question = { reference: 'oci://registry.test/charts/app:1.2.3' };
  const refused = await ask(service, question, AUTHORIZED);
  expect(refused.status).toBe(200);
  expect(refused.body.verdict).toBe('deny');
  await attachLegacy(place, 'sig', [sigstore.signLegacy({ digest: subject.digest })]);
  await service.setNow(Date.UTC(2026, 10, 24, 13));
  const found = await ask(service, question, AUTHORIZED);
  expect(found.status).toBe(200);
  expect(found.body.verdict, JSON.stringify(found.body.reasons)).toBe('allow');
});
