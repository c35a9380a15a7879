import { beforeAll, describe, expect, it } from 'vitest';
import { mapBounded } from '../../src/base/map-bounded.ts';
import { signedManifest } from '../../src/chart/index.ts';
import { sha256 } from '../support/signing.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../support/sigstore-signing-world.ts';

// A registry that fails at each step in turn while both schemes sign, or sigstore alone: the tag names the manifest that was
// there or one that verifies by all who were to sign it, nobody's signature is lost, and asking again ends well.

type Fault = (request: Request, pass: () => Promise<Response>) => Promise<Response> | Response;

const broken = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));

const FAULTS: Record<string, Fault> = {
  'is answered 500': () => new Response('', { status: 500 }),
  'is answered 404': () => Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, { status: 404 }),
  'is answered by a proxy': () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
  'is answered with another digest': async (_, pass) => {
    const answer = await pass();
    const headers = new Headers(answer.headers);
    headers.set('docker-content-digest', `sha256:${'0'.repeat(64)}`);
    return new Response(answer.body, { status: answer.status, headers });
  },
  'breaks after it was done': async (_, pass) => {
    await pass();
    return broken();
  },
};
const FEW = Object.fromEntries(
  Object.entries(FAULTS).filter(([name]) => ['is answered 500', 'breaks after it was done'].includes(name)),
);

interface Way {
  name: string;
  with: string[];
  /** Must hold when it is done. */
  require: unknown;
  faults: Record<string, Fault>;
  noReferrers?: true;
}

const WAYS: Way[] = [
  { name: 'both', with: ['release', 'cosign'], require: { allOf: ['release', 'cosign'] }, faults: FAULTS },
  { name: 'sigstore', with: ['bare', 'other'], require: 'bare', faults: FAULTS },
  {
    name: 'fallback',
    with: ['release', 'bare'],
    require: { allOf: ['release', 'bare'] },
    faults: FEW,
    noReferrers: true,
  },
  { name: 'legacy', with: ['legacy'], require: 'prod', faults: FEW },
];

const AT_A_TIME = 12;
const REPOSITORY = /^\/v2\/(.+)\/(?:manifests|blobs|referrers)\//;

describe.each(WAYS)('signing ($name) where one request', (way) => {
  let world: SigstoreWorld;
  // By repository, as several are signed at a time: what waits for other writers of a list waits a moment.
  const requests = new Map<string, string[]>();
  const failing = new Map<string, { at: number; fault: Fault }>();
  const sign = ({ reference, digest }: { reference: string; digest: string }) =>
    world.sign({ reference, expectedDigest: digest, with: way.with });

  beforeAll(async () => {
    world = await createSigstoreWorld({
      config: {
        trust: {
          release: { pgp: 'release.asc' },
          cosign: { sigstore: { key: 'cosign.pub', root: 'root.json' } },
          bare: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } },
          prod: { sigstore: { key: 'cosign.pub', root: 'root.json', annotations: { env: 'prod' } } },
        },
        policies: [{ name: 'default', match: ['**'], require: way.require }],
        limits: {
          requestTimeoutMs: 10_000,
          overallTimeoutMs: 60_000,
          retries: 0,
          rate: { callerSignatures: 100_000, callerVerifications: 100_000 },
        },
      },
    });
    if (way.noReferrers) world.registry.quirks.noReferrers = true;
    world.hooks.before = (request) => {
      const { pathname } = new URL(request.url);
      const repository = REPOSITORY.exec(pathname)?.[1] ?? '';
      const list = requests.get(repository) ?? [];
      requests.set(repository, list);
      list.push(`${request.method} ${pathname.replaceAll(/sha256[:-]\w+/g, 'DIGEST')}`);
      const { at, fault } = failing.get(repository) ?? {};
      if (fault === undefined || list.length !== at) return undefined;
      return fault(request, () => world.registry.fetch(request));
    };
  });

  /** Is it the manifest that was there, or one that everybody asked for has signed? */
  async function expectWhole(repository: string, before: string, reference: string) {
    const { bytes, digest } = world.registry.getManifest(repository, '1.2.3') ?? {};
    expect(bytes).toBeDefined();
    if (digest === before) return;
    expect(way.with).toContain('release');
    expect(sha256(signedManifest(bytes!, undefined))).toBe(before);
    expect(await world.verdict(reference)).toBe('allow');
  }

  /** @returns was it refused? */
  async function failAt(at: number, fault: Fault, folder: string): Promise<boolean> {
    const repository = `${folder}/${at}/app`;
    const chart = await world.push(repository);
    failing.set(repository, { at, fault });
    const first = await sign(chart);
    const step = `${at} ${requests.get(repository)?.[at - 1]}: ${first.status} ${first.body.code}`;
    failing.delete(repository);
    await expectWhole(repository, chart.digest, chart.reference);
    if (first.status === 201) {
      // The fault did no harm, which is so where the answer was not needed.
      expect(await world.verdict(chart.reference), step).toBe('allow');
    } else {
      expect(first.status, step).toBeGreaterThanOrEqual(400);
      expect(first.body.code, step).not.toBe('internal.error');
    }
    const tagged = world.tag(repository) ?? '';
    const published = await world.referrers(repository, tagged);
    const again = await sign(chart);
    expect([200, 201], `${step}, again ${again.body.code}`).toContain(again.status);
    await expectWhole(repository, chart.digest, chart.reference);
    expect(await world.verdict(chart.reference), step).toBe('allow');
    const after = await world.referrers(repository, tagged);
    expect(after, step).toEqual(expect.arrayContaining(published));
    return first.status !== 201;
  }

  it.each(Object.entries(way.faults))('%s', async (name, fault) => {
    const folder = `charts/${way.name}/${name.replace(/\W+/g, '-')}`;
    const good = await world.push(`${folder}/good/app`);
    expect((await sign(good)).status).toBe(201);
    const steps = requests.get(`${folder}/good/app`)?.length ?? 0;
    expect(steps).toBeGreaterThan(10);
    const seen = (await world.records()).length;
    const numbers = Array.from({ length: steps }, (_, index) => index + 1);
    const refused = await mapBounded(numbers, AT_A_TIME, (at) => failAt(at, fault, folder));

    expect(refused.filter(Boolean).length).toBeGreaterThan(steps / 4);
    const records = (await world.records()).slice(seen);
    const ends = records.filter(({ kind }) => kind !== 'intent');
    expect(ends).toHaveLength(2 * steps);
    const intents = records.filter(({ kind }) => kind === 'intent').map(({ seq }) => seq);
    expect(ends.flatMap(({ intent }) => intent ?? []).sort((a, b) => a - b)).toEqual(intents);
  });
});
