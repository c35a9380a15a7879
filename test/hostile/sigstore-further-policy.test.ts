import { beforeEach, expect, test } from 'vitest';
import { attachBundle, type Place } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { createFakeSigstore, FAKE_IDENTITY, FAKE_ISSUER } from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

// One signature in the eyes of several policies: what one of them lets pass (a chart under another name, a log that need
// not be, a kept verdict, a mode that only warns) never lets it pass for another.

const NOW = Date.UTC(2026, 10, 24, 12);
const sigstore = createFakeSigstore({ clock: () => NOW });
const MOVED = 'oci://registry.test/mirror/other:9.9.9';
let world: World;
let place: Place;

beforeEach(async () => {
  const key = { key: 'cosign.pub', root: 'root.json' };
  world = await createWorld({
    config: {
      trust: {
        key: { sigstore: key },
        lax: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } },
        ci: { sigstore: { issuer: FAKE_ISSUER, subject: FAKE_IDENTITY, root: 'root.json' } },
        prod: { sigstore: { ...key, annotations: { env: 'prod' } } },
      },
      policies: [
        {
          name: 'mirror',
          match: ['registry.test/mirror/**'],
          require: 'lax',
          unsafeAllow: ['renamed', 'retagged'],
        },
        { name: 'warn', match: ['registry.test/warn/**'], require: 'ci', mode: 'warn' },
        { name: 'strict', match: ['**'], require: 'lax' },
        { name: 'logged', match: ['**'], require: 'key', unsafeAllow: ['renamed', 'retagged'] },
        { name: 'renamed', match: ['**'], require: 'lax', unsafeAllow: ['renamed'] },
        { name: 'keyless', match: ['**'], require: 'ci', unsafeAllow: ['renamed', 'retagged'] },
        { name: 'annotated', match: ['**'], require: 'prod', unsafeAllow: ['renamed', 'retagged'] },
        {
          name: 'deep',
          match: ['**'],
          require: 'lax',
          depth: 'content',
          unsafeAllow: ['renamed', 'retagged'],
        },
        { name: 'elsewhere', match: ['registry.test/charts/**'], require: 'lax' },
      ],
    },
    files: {
      'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem),
      'root.json': new TextEncoder().encode(sigstore.trustedRootJson),
    },
    now: NOW,
  });
});

async function push(repository: string, tag: string, options: object = { rekor: 'none' }) {
  const { registry } = world;
  const chart = { archive: await fixture('demo/app-1.2.3.tgz'), config: await appConfig() };
  // The manifest that was signed is that of app 1.2.3, whatever repository and tag it stands under.
  const annotations = {
    'org.opencontainers.image.title': 'app',
    'org.opencontainers.image.version': '1.2.3',
  };
  const subject = await registry.pushChart(repository, tag, { ...chart, annotations });
  place = { registry, repository, subject };
  await attachBundle(place, sigstore.signWithKey({ digest: subject.digest, ...options }).bytes());
}

const judge = (reference: string, more: object = {}) =>
  ask(world.service, { reference, ...more }, AUTHORIZED);

test('a chart that was moved is allowed where that is allowed, and by no further policy that does not', async () => {
  await push('mirror/other', '9.9.9');
  expect((await judge(MOVED)).body.verdict).toBe('allow');
  for (const [policy, code] of [
    ['strict', 'chart.name_mismatch'],
    ['logged', 'sigstore.log_missing'],
    ['renamed', 'chart.version_mismatch'],
    ['keyless', 'sigstore.certificate_missing'],
    ['annotated', 'sigstore.annotation_mismatch'],
  ] as const) {
    const { body } = await judge(MOVED, { policy });
    expect([policy, body.verdict, body.enforced]).toEqual([policy, 'deny', true]);
    expect(body.reasons.map((reason: { code: string }) => reason.code)).toContain(code);
    // And again, from what was kept, in whatever order.
    expect((await judge(MOVED, { policy })).body.verdict).toBe('deny');
    expect((await judge(MOVED)).body.verdict).toBe('allow');
  }
  expect((await judge(MOVED, { policy: 'deep' })).body.verdict).toBe('allow');
  expect((await judge(MOVED, { policy: 'elsewhere' })).status).toBe(422);
  expect((await judge(MOVED, { policy: 'nowhere' })).status).toBe(422);
});

test('what was signed for a further policy does not help the first', async () => {
  await push('warn/app', '1.2.3', { annotations: { env: 'prod' } });
  const alone = await judge('oci://registry.test/warn/app:1.2.3');
  expect(alone.body).toMatchObject({ verdict: 'deny', enforced: false });
  const both = await judge('oci://registry.test/warn/app:1.2.3', { policy: 'annotated' });
  expect(both.body).toMatchObject({ verdict: 'deny', enforced: false });
  // A further policy that enforces and is not satisfied does bind.
  await push('warn/more/app', '1.2.3');
  const refused = await judge('oci://registry.test/warn/more/app:1.2.3', { policy: 'annotated' });
  expect(refused.body).toMatchObject({ verdict: 'deny', enforced: true });
});
