import { beforeAll, describe, expect, it } from 'vitest';
import { MEDIA_TYPES, signedManifest } from '../../src/chart/index.ts';
import { sha256 } from '../support/signing.ts';
import { createSigningWorld, type SigningWorld } from '../support/signing-world.ts';
import { IMPATIENT, PATIENT } from '../support/world.ts';

// A registry that fails at each step in turn: whatever one request of a signature meets, the tag names the manifest that
// was there or one that is signed and verifies, and asking again ends well.

type Fault = (request: Request, pass: () => Promise<Response>) => Promise<Response> | Response;

const SILENT = ['is never answered', 'is done and never answered'] as const;
const never = () => new Promise<Response>(() => {});
const broken = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));

const FAULTS: Record<string, Fault> = {
  'is answered 500': () => new Response('', { status: 500 }),
  'is answered 403': () => Response.json({ errors: [{ code: 'DENIED' }] }, { status: 403 }),
  'is answered 404': () => Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, { status: 404 }),
  'is answered 412': () => new Response('', { status: 412 }),
  'is answered 429': () => new Response('', { status: 429, headers: { 'retry-after': '100' } }),
  'is answered by a proxy': () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
  'is answered with another digest': async (_, pass) => {
    const answer = await pass();
    const headers = new Headers(answer.headers);
    headers.set('docker-content-digest', `sha256:${'0'.repeat(64)}`);
    return new Response(answer.body, { status: answer.status, headers });
  },
  'is sent elsewhere': () =>
    new Response(null, { status: 307, headers: { location: 'https://10.0.0.1/v2/' } }),
  [SILENT[0]]: never,
  'breaks before it is done': broken,
  'breaks after it was done': async (_, pass) => {
    await pass();
    return broken();
  },
  [SILENT[1]]: async (_, pass) => {
    await pass();
    return never();
  },
};

describe.each(['attach', 'detached'] as const)('signing (%s) where one request', (mode) => {
  let world: SigningWorld;
  let patient: SigningWorld;
  let impatient: SigningWorld;
  let requests: string[] = [];
  let failing: { at: number; fault: Fault } | undefined;
  const order = (chart: { reference: string; digest: string }) => ({
    reference: chart.reference,
    expectedDigest: chart.digest,
    mode,
  });

  async function start(limits: typeof PATIENT): Promise<SigningWorld> {
    const rate = { callerSignatures: 100_000, callerVerifications: 100_000 };
    const started = await createSigningWorld({ config: { limits: { ...limits, rate } } });
    started.hooks.before = (request) => {
      const { pathname } = new URL(request.url);
      requests.push(`${request.method} ${pathname.replace(/sha256:\w+/, 'DIGEST')}`);
      if (failing === undefined || requests.length !== failing.at) return undefined;
      return failing.fault(request, () => started.registry.fetch(request));
    };
    return started;
  }

  beforeAll(async () => {
    patient = await start(PATIENT);
    impatient = await start(IMPATIENT);
  });
  const isSilent = (name: string) => (SILENT as readonly string[]).includes(name);

  /** Is it the manifest that was there, or that with one good provenance more? */
  async function expectWhole(repository: string, before: string, reference: string) {
    const { bytes, digest } = world.registry.getManifest(repository, '1.2.3') ?? {};
    expect(bytes).toBeDefined();
    if (digest === before) return;
    expect(mode).toBe('attach');
    expect(sha256(signedManifest(bytes!, undefined))).toBe(before);
    const { layers } = JSON.parse(new TextDecoder().decode(bytes));
    expect(
      layers.filter((layer: { mediaType: string }) => layer.mediaType === MEDIA_TYPES.provenance),
    ).toHaveLength(1);
    expect(await world.verdict(reference)).toBe('allow');
  }

  it.each(Object.entries(FAULTS))('%s', async (name, fault) => {
    world = isSilent(name) ? impatient : patient;
    const folder = name.replace(/\W+/g, '-');
    requests = [];
    failing = undefined;
    const good = await world.push(`charts/${mode}/${folder}/good/app`);
    expect((await world.sign(order(good))).status).toBe(201);
    const steps = requests.length;
    expect(steps).toBeGreaterThan(10);
    const seen = (await world.records()).length;
    let refused = 0;

    for (let at = 1; at <= steps; at++) {
      const repository = `charts/${mode}/${folder}/${at}/app`;
      const chart = await world.push(repository);
      requests = [];
      failing = { at, fault };
      const first = await world.sign(order(chart));
      const step = `${at} ${requests[at - 1]}: ${first.status} ${first.body.code}`;
      failing = undefined;
      await expectWhole(repository, chart.digest, chart.reference);
      if (first.status === 201) {
        // The fault did no harm, which is so where the answer was not needed.
        expect(await world.verdict(chart.reference), step).toBe('allow');
      } else {
        refused++;
        expect(first.status, step).toBeGreaterThanOrEqual(400);
        expect(first.body.code, step).not.toBe('internal.error');
      }
      const again = await world.sign(order(chart));
      expect([200, 201], step).toContain(again.status);
      await expectWhole(repository, chart.digest, chart.reference);
      expect(await world.verdict(chart.reference), step).toBe('allow');
    }
    // Most steps matter; and each request has one record of its end, behind one of its beginning if a key was used.
    expect(refused).toBeGreaterThan(steps / 3);
    const records = (await world.records()).slice(seen);
    const ends = records.filter(({ kind }) => kind !== 'intent');
    expect(ends).toHaveLength(2 * steps);
    const intents = records.filter(({ kind }) => kind === 'intent').map(({ seq }) => seq);
    expect(ends.flatMap(({ intent }) => intent ?? []).sort((a, b) => a - b)).toEqual(intents);
  });

  it.each([
    ['fails', Object.entries(FAULTS).filter(([name]) => !isSilent(name))],
    ['is silent', Object.entries(FAULTS).filter(([name]) => isSilent(name))],
  ])('%s, and is part of asking again: nothing is signed twice', async (how, faults) => {
    world = how === 'fails' ? patient : impatient;
    failing = undefined;
    const chart = await world.push(`charts/${mode}/again/app`);
    expect((await world.sign(order(chart))).status).toBe(201);
    requests = [];
    expect((await world.sign(order(chart))).status).toBe(200);
    const steps = requests.length;
    world.registry.requests.length = 0;
    for (const [name, fault] of faults) {
      // Then it is not there, or the registry seems to have no referrers API: signing is what was asked for.
      if (name === 'is answered 404' || name === 'is answered by a proxy') continue;
      for (let at = 1; at <= steps; at++) {
        requests = [];
        failing = { at, fault };
        const { status } = await world.sign(order(chart));
        expect(status, `${name}: ${requests[at - 1]}`).not.toBe(201);
      }
    }
    failing = undefined;
    expect(world.writes()).toEqual([]);
  });
});
