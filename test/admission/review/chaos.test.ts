import { describe, expect, it } from 'vitest';
import type { Quirks } from '../../../src/memory-registry/index.ts';
import {
  type AdmissionOptions,
  type AdmissionWorld,
  admissionWorld,
  NOW,
  ociRepository,
  providerRequestOf,
  pushApp,
  reviewOf,
  SEGMENT,
  settle,
} from '../support.ts';

// A registry stalls, answers 500, asks to slow down, breaks connections, and comes back. Whatever it does: no chart is
// admitted without a signature, every review is answered by its deadline, and all is well again without a restart.

const GOOD = ociRepository('oci://registry.test/charts/app');
const UNSIGNED = ociRepository('oci://registry.test/unsigned/app');

const FAULTS: [string, Quirks][] = [
  ['stalls', { stall: {} }],
  ['sends half of its answers', { slowBody: { match: /manifests|blobs/ } }],
  ['answers 500', { status: { status: 500 } }],
  ['asks to wait a minute', { status: { status: 429, retryAfter: 60 } }],
  ['asks to wait longer than there is time', { status: { status: 429, retryAfter: 10 } }],
  ['breaks connections', { reset: {} }],
  ['loses its blobs', { status: { match: /blobs/, status: 404 } }],
  ['sends wrong bytes', { wrongBytes: { match: /manifests|blobs/ } }],
  ['wants credentials', { status: { status: 401 } }],
];

/** Sends reviews, lets their time run out, and gives the answers. */
async function answers(world: AdmissionWorld, objects: object[]) {
  const pending = objects.map((object) => world.review(object));
  await settle();
  world.timeIsUp();
  return Promise.all(pending);
}

async function start(options: AdmissionOptions = {}) {
  const world = await admissionWorld({ config: { limits: { retries: 1 } }, ...options });
  await pushApp(world.registry);
  await pushApp(world.registry, 'unsigned/app', false);
  await pushApp(world.other);
  return world;
}

describe.each(FAULTS)('a registry that %s', (_, quirks) => {
  it('never makes an unsigned chart pass, and never leaves a review without an answer', async () => {
    const world = await start();
    world.registry.quirks = { ...quirks };
    const found = await answers(world, [GOOD, UNSIGNED, GOOD, UNSIGNED]);
    expect(found.map(({ allowed }) => allowed)).toEqual([false, false, false, false]);
    for (const { status } of found) expect(status.message).toMatch(/\((?:registry|limit|pgp)\.\w+/);
  });

  it('is forgotten when it works again', async () => {
    const world = await start();
    world.registry.quirks = { ...quirks };
    await answers(world, [GOOD, UNSIGNED]);
    world.registry.quirks = {};
    expect((await world.review(GOOD)).allowed).toBe(true);
    const unsigned = await world.review(UNSIGNED);
    expect([unsigned.allowed, unsigned.auditAnnotations.verdict]).toEqual([false, 'deny']);
  });

  it('does not take what was found before away', async () => {
    const world = await start();
    const byDigest = ociRepository('oci://registry.test/charts/app', {
      digest: (await world.review(GOOD)).auditAnnotations.digest,
    });
    expect((await world.review(byDigest)).allowed).toBe(true);
    world.registry.quirks = { ...quirks };
    const [known] = await answers(world, [byDigest]);
    expect(known.allowed).toBe(true);
  });

  it('does not hold up another registry, however many wait', async () => {
    const world = await start();
    world.registry.quirks = { ...quirks };
    const many = Array.from({ length: 300 }, (_, i) => ociRepository(`oci://registry.test/charts/c${i}`));
    const waiting = many.map((object) => world.review(object));
    await settle();
    expect((await world.review(ociRepository('oci://other.test/charts/app'))).allowed).toBe(true);
    world.timeIsUp();
    const found = await Promise.all(waiting);
    expect(found.every(({ allowed }) => allowed === false)).toBe(true);
    world.registry.quirks = {};
    expect((await world.review(GOOD)).allowed).toBe(true);
  });
});

describe('more load than the service takes', () => {
  it('is answered at once as inconclusive, and only what is too much', async () => {
    const world = await start({ config: { limits: { inFlight: 2, inFlightPerRegistry: 2, waiting: 3 } } });
    world.registry.quirks = { stall: {} };
    const objects = Array.from({ length: 8 }, (_, i) => ociRepository(`oci://registry.test/charts/c${i}`));
    const done: string[] = [];
    const pending = objects.map((object) =>
      world.review(object).then(({ status }) => done.push(status.message)),
    );
    await settle();
    // Two are under way, three wait; the rest is told before its time is up.
    expect(done).toHaveLength(3);
    for (const message of done) expect(message).toContain('limit.load');
    world.timeIsUp();
    await Promise.all(pending);
    expect(done.filter((message) => message.includes('limit.deadline'))).toHaveLength(5);
    world.registry.quirks = {};
    expect((await world.review(GOOD)).allowed).toBe(true);
  });

  it.each([
    ['tags', (i: number) => ociRepository(`oci://registry.test/charts/c${i}`)],
    ['ranges', (i: number) => ociRepository(`oci://registry.test/charts/c${i}`, { semver: '^1.0.0' })],
  ])('is told at once when its turn would come too late (%s)', async (_, object) => {
    const limits = { inFlight: 1, inFlightPerRegistry: 1, waiting: 100 };
    const world = await start({ config: { limits } });
    world.registry.quirks = { stall: {} };
    const slow = world.review(object(0));
    await settle();
    // That is how long one takes.
    world.setNow(NOW + 60_000);
    world.timeIsUp();
    await slow;
    const running = world.review(object(1));
    await settle();
    const done: string[] = [];
    const late = world.review(object(2)).then(({ status }) => done.push(status.message));
    await settle();
    expect(done).toEqual([expect.stringContaining('limit.load')]);
    world.timeIsUp();
    await Promise.all([running, late]);
  });

  it('by many reviews of few charts is work for few verifications', async () => {
    const world = await start();
    const urls = Array.from({ length: 5 }, (_, i) => `team-${i}/app`);
    for (const repository of urls) await pushApp(world.registry, repository);
    world.registry.reset();
    const objects = Array.from({ length: 200 }, (_, i) =>
      ociRepository(`oci://registry.test/${urls[i % 5]}`),
    );
    const found = await Promise.all(objects.map((object) => world.review(object)));
    expect(found.every(({ allowed }) => allowed === true)).toBe(true);
    // A manifest and a provenance each; whoever comes when the verdict is there only asks what the tag names.
    expect(world.registry.count(/^GET/)).toBe(10);
    expect(new Set(found.map(({ auditAnnotations }) => auditAnnotations.report)).size).toBe(200);
  });

  it('by many reviews of one range lists its tags once', async () => {
    const world = await start();
    world.registry.reset();
    const range = ociRepository('oci://registry.test/charts/app', { semver: '^1.0.0' });
    const found = await Promise.all(Array.from({ length: 50 }, () => world.review(range)));
    expect(found.every(({ allowed }) => allowed === true)).toBe(true);
    expect(world.registry.count(/tags\/list/)).toBe(1);
  });

  it('than the processor takes leaves a review the time that it has not waited already', async () => {
    let lag = 3000;
    const world = await start({ lagMs: () => lag });
    await world.review(GOOD);
    expect(world.timers.at(-1)?.ms).toBe(1250);
    lag = 60_000;
    world.registry.quirks = { stall: {} };
    const pending = world.review(UNSIGNED);
    await settle();
    expect(world.timers.at(-1)?.ms).toBe(0);
    world.timeIsUp();
    expect((await pending).status.message).toContain('limit.deadline');
  });

  it('leaves no timer behind', async () => {
    const world = await start();
    await Promise.all([
      world.review(GOOD),
      world.review(UNSIGNED),
      world.review(GOOD, { operation: 'DELETE' }),
    ]);
    expect(world.timers.map(({ over }) => over)).toEqual([true, true, true]);
    expect(world.timers.every(({ ms }) => ms === 4250)).toBe(true);
  });

  it.each([
    ['admission/validate', '', 8500],
    ['admission/validate', '?timeout=3s', 2550],
    ['gatekeeper/verify', '', 2550],
    ['gatekeeper/verify', '?timeout=10s', 8500],
  ])('is answered by %s%s within %d ms', async (path, query, ms) => {
    const world = await start();
    const request = path.startsWith('gatekeeper')
      ? providerRequestOf(['oci://registry.test/charts/app:1.2.3'])
      : reviewOf(GOOD);
    const init = { method: 'POST', body: JSON.stringify(request) };
    expect((await world.fetch(`/k/${SEGMENT}/${path}${query}`, init)).status).toBe(200);
    expect(world.timers.map((timer) => [timer.ms, timer.over])).toEqual([[ms, true]]);
  });

  it('who hangs up is not worked for any longer', async () => {
    const world = await start();
    world.registry.quirks = { stall: {} };
    const gone = new AbortController();
    const pending = world.fetch('/k/kube-0123456789abcdef/admission/validate', {
      method: 'POST',
      body: JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: {
          uid: 'u',
          kind: { group: '', version: 'v1', kind: 'x' },
          operation: 'CREATE',
          object: GOOD,
        },
      }),
      signal: gone.signal,
    });
    await settle();
    gone.abort();
    const { response } = (await (await pending).json()) as { response: { status: { message: string } } };
    expect(response.status.message).toContain('limit.deadline');
    expect(world.timers.map(({ over }) => over)).toEqual([true]);
    world.registry.quirks = {};
    expect((await world.review(GOOD)).allowed).toBe(true);
  });
});
