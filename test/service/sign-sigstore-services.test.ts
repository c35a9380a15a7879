import { beforeAll, describe, expect, it } from 'vitest';
import { NOW } from '../support/service.ts';
import {
  createSigstoreServices,
  FULCIO,
  REKOR_1,
  REKOR_2,
  type ServiceCall,
  TSA,
} from '../support/sigstore-services/index.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../support/sigstore-signing-world.ts';

// Services of sigstore that fail or lie while a chart is signed by both schemes: the tag is untouched, no signature is
// published, no word of theirs that holds the token is passed on, and asking again ends well.

type Instead = (call: ServiceCall) => Response | Promise<Response> | undefined;

const stranger = createSigstoreServices({ clock: () => NOW });
const byStranger: Instead = ({ url, method, headers, body }) =>
  stranger.fetch(url, { method, headers, body: body as BodyInit });
const spoilt =
  (change: (text: string) => string): Instead =>
  async (call) => {
    const answer = await byStranger(call)!;
    return new Response(change(await answer.text()), { status: answer.status, headers: answer.headers });
  };
const tokenOf = ({ body }: ServiceCall) => {
  const text = new TextDecoder().decode(body);
  return text.includes('oidcIdentityToken') ? JSON.parse(text).credentials.oidcIdentityToken : 'none';
};

const UNAVAILABLE = [503, 'sign.service_unavailable'] as const;
const REFUSED = [502, 'sign.service_refused'] as const;

/** What any of them may do. */
const FAULTS: [string, Instead, readonly [number, string]][] = [
  ['is down', () => Promise.reject(new TypeError('fetch failed')), UNAVAILABLE],
  ['answers 500', () => new Response('oops', { status: 500 }), UNAVAILABLE],
  ['is busy', () => new Response('', { status: 429, headers: { 'retry-after': '100' } }), UNAVAILABLE],
  ['never answers', () => new Promise(() => {}), UNAVAILABLE],
  [
    'redirects',
    () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }),
    REFUSED,
  ],
  ['answers a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), REFUSED],
  ['answers nothing', () => new Response('', { status: 201 }), REFUSED],
  ['answers far too much', () => new Response('x'.repeat(3_000_000), { status: 201 }), REFUSED],
  ['answers [] ', () => Response.json([], { status: 201 }), REFUSED],
  ['answers null', () => Response.json(null, { status: 201 }), REFUSED],
];

/** What each of them may do by itself. */
const LIES: [string, string, Instead, readonly [number, string]][] = [
  [
    FULCIO,
    'refuses the issuer',
    () => Response.json({ message: 'unknown issuer' }, { status: 400 }),
    [403, 'sign.identity_refused'],
  ],
  [
    FULCIO,
    'refuses and repeats the token',
    (call) => Response.json({ message: `bad token: ${tokenOf(call)}` }, { status: 401 }),
    [403, 'sign.identity_refused'],
  ],
  [
    FULCIO,
    'fails and repeats the token',
    (call) => Response.json({ message: tokenOf(call) }, { status: 418 }),
    REFUSED,
  ],
  [FULCIO, 'is another, whom nobody trusts', byStranger, [500, 'sign.self_check']],
  [FULCIO, 'damages the certificate', spoilt((text) => text.replace(/MII\w/, 'MIIx')), REFUSED],
  [REKOR_2, 'is another, which nobody trusts', byStranger, [500, 'sign.self_check']],
  [
    REKOR_2,
    'changes the entry',
    spoilt((text) => text.replace(/"canonicalizedBody":"eyJ/, '"canonicalizedBody":"eyK')),
    REFUSED,
  ],
  [REKOR_2, 'refuses the entry', () => Response.json({ message: 'no such type' }, { status: 400 }), REFUSED],
  [
    REKOR_2,
    'has the entry already, whatever is sent',
    () => Response.json({ message: 'exists' }, { status: 409 }),
    [503, 'sign.log_duplicate'],
  ],
  [TSA, 'is another, whom nobody trusts', byStranger, [500, 'sign.self_check']],
  [
    TSA,
    'stamps something else',
    () => {
      const other = stranger.sigstore.tsa.stamp(new TextEncoder().encode('something else'), NOW);
      return new Response(new Uint8Array(other), {
        status: 201,
        headers: { 'content-type': 'application/timestamp-reply' },
      });
    },
    REFUSED,
  ],
  [
    TSA,
    'damages the stamp',
    () =>
      new Response(new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x00]), {
        status: 201,
        headers: { 'content-type': 'application/timestamp-reply' },
      }),
    REFUSED,
  ],
];

const cases = [
  ...[FULCIO, REKOR_2, TSA].flatMap((url) =>
    FAULTS.map(([name, fault, answer]) => [url, name, fault, answer] as const),
  ),
  ...LIES,
];

describe('a service that fails while a chart is signed by both schemes', () => {
  let world: SigstoreWorld;
  let count = 0;

  beforeAll(async () => {
    world = await createSigstoreWorld();
  });

  it.each(cases)('%s %s', async (url, _name, fault, [status, code]) => {
    const repository = `charts/all/${count++}/app`;
    const chart = await world.push(repository);
    const identityToken = await world.token();
    const order = {
      reference: chart.reference,
      expectedDigest: chart.digest,
      with: ['release', 'keyless', 'cosign'],
      identityToken,
    };
    const seen = (await world.records()).length;
    world.services.instead.set(new URL(url).origin, fault);
    const first = await world.sign(order);
    world.services.instead.clear();
    expect([first.status, first.body.code]).toEqual([status, code]);
    expect(world.tag(repository)).toBe(chart.digest);
    // The manifest that PGP made is there, under no tag; nothing refers to it, as signing keyless comes first.
    const manifests = world.writes().flatMap((line) => /^PUT .*\/manifests\/(.+)$/.exec(line)?.[1] ?? []);
    for (const digest of [chart.digest, ...manifests])
      expect(await world.referrers(repository, digest)).toEqual([]);
    // Whoever cleans up is told, by the answer and by the audit log.
    expect(manifests).toHaveLength(1);
    expect(first.body.detail).toContain(`; the new manifest ${manifests[0]} is in the repository`);
    expect((await world.records()).at(-1)).toMatchObject({ kind: 'failed', after: manifests[0] });
    for (const text of [JSON.stringify(first.body), JSON.stringify([...first.headers])]) {
      for (const part of identityToken.split('.')) expect(text).not.toContain(part.slice(0, 40));
    }
    const again = await world.sign(order);
    expect([again.status, again.body.code]).toEqual([201, undefined]);
    expect(await world.verdict(chart.reference)).toBe('allow');
    const kinds = (await world.records()).slice(seen).map((record) => record.kind);
    expect(kinds).toEqual(['intent', 'failed', 'intent', 'signed']);
  });

  it('is Rekor of version 1, which says what it has: the entry that is there is taken', async () => {
    const chart = await world.push('charts/v1/app');
    const order = { reference: chart.reference, expectedDigest: chart.digest, with: ['legacy'] };
    world.services.instead.set(REKOR_1, byStranger);
    const first = await world.sign(order);
    expect([first.status, first.body.code]).toEqual([500, 'sign.self_check']);
    world.services.instead.clear();
    expect(world.registry.tags('charts/v1/app')).toEqual(['1.2.3']);
    expect((await world.sign(order)).status).toBe(201);
  });

  it('is the second signer’s: what the first published stays, and is not made again', async () => {
    const chart = await world.push('charts/second/app');
    const order = {
      reference: chart.reference,
      expectedDigest: chart.digest,
      with: ['bare', 'keyless'],
      identityToken: await world.token(),
    };
    world.services.instead.set(FULCIO, () => new Response('', { status: 500 }));
    expect((await world.sign(order)).body.code).toBe('sign.service_unavailable');
    world.services.instead.clear();
    const published = await world.referrers('charts/second/app', chart.digest);
    expect(published).toHaveLength(1);
    const again = await world.sign(order);
    expect([again.status, again.body.signatures[0].digest]).toEqual([201, published[0]]);
    expect(await world.referrers('charts/second/app', chart.digest)).toHaveLength(2);
  });

  it('takes longer than the lock is held: nothing is published and nothing moves', async () => {
    const chart = await world.push('charts/slow/app');
    const order = { reference: chart.reference, expectedDigest: chart.digest, with: ['release', 'cosign'] };
    world.services.instead.set(new URL(REKOR_2).origin, async () => {
      await world.service.setNow(NOW + 120_000);
      return undefined as unknown as Response;
    });
    const first = await world.sign(order);
    world.services.instead.clear();
    await world.service.setNow(NOW);
    expect([first.status, first.body.code, first.body.retryable]).toEqual([409, 'sign.locked', true]);
    expect(world.tag('charts/slow/app')).toBe(chart.digest);
    const manifests = world.writes().flatMap((line) => /^PUT .*\/manifests\/(.+)$/.exec(line)?.[1] ?? []);
    for (const digest of manifests) expect(await world.referrers('charts/slow/app', digest)).toEqual([]);
    expect((await world.sign(order)).status).toBe(201);
  });

  it('is not asked any more where the lock was lost while the chart was read', async () => {
    const patient = await createSigstoreWorld({ config: { limits: { overallTimeoutMs: 300_000 } } });
    const chart = await patient.push('charts/lost/app');
    const order = { reference: chart.reference, expectedDigest: chart.digest, with: ['cosign'] };
    patient.hooks.after = async ({ url }) => {
      if (url.includes('/blobs/')) await patient.service.setNow(NOW + 120_000);
      return undefined;
    };
    const first = await patient.sign(order);
    patient.hooks.after = undefined;
    expect([first.status, first.body.code, first.body.retryable]).toEqual([409, 'sign.locked', true]);
    // What is entered there cannot be taken back.
    expect(patient.asked()).toEqual([]);
    expect((await patient.sign(order)).status).toBe(201);
  });

  it('is waited for by the same signer alone, who then finds the signature', async () => {
    const chart = await world.push('charts/waiting/app');
    const order = { reference: chart.reference, expectedDigest: chart.digest };
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.services.calls.length = 0;
    world.services.instead.set(new URL(REKOR_2).origin, async () => {
      await held;
      return undefined as unknown as Response;
    });
    const waiting = ['cosign', 'cosign'].map((name) => world.sign({ ...order, with: [name] }));
    // Another key needs no service, and is done while the first waits for the log.
    const other = await world.sign({ ...order, with: ['other'] });
    expect(other.status).toBe(201);
    release();
    const answers = await Promise.all(waiting);
    world.services.instead.clear();
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(world.services.calls.filter(({ url }) => url.startsWith(REKOR_2))).toHaveLength(1);
    expect(await world.referrers('charts/waiting/app', chart.digest)).toHaveLength(2);
  });
});
