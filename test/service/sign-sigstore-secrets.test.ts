import { createPrivateKey } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { generateCosignKey } from '../../src/sigstore/index.ts';
import { formsOf } from '../support/secret-forms.ts';
import { FULCIO, REKOR_2, type ServiceCall, TSA } from '../support/sigstore-services/index.ts';
import { createSigstoreWorld, ENTRIES } from '../support/sigstore-signing-world.ts';
import { createTransit, TOKEN as VAULT_TOKEN } from '../support/transit.ts';
import { AUTHORIZED } from '../support/world.ts';

// Invariant 6 where sigstore signs: no private key, password, vault token or identity token stands in an answer, its
// headers, a line of the log, the audit log, what the registry gets, what a log of sigstore gets, or an error.

const PASSWORD = 'Kosign-Passwort/73:ganz-geheim';
const WRONG = 'falsches-Passwort/18:auch-geheim';

/** The lines of a PEM file and the secret number of the key in it. */
function secretsOf(pem: string): string[] {
  const lines = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
  if (!pem.includes('BEGIN PRIVATE KEY')) return lines;
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
  // The public half is in the last lines of PKCS#8, at any offset; the number is what matters.
  return formsOf(new Uint8Array(Buffer.from(d, 'base64url')));
}

/** Who has its claims and its signature has the token. */
function partsOf(token: string): string[] {
  const [, claims = '', signature = ''] = token.split('.');
  return [token, ...formsOf(claims), ...formsOf(signature), claims.slice(0, 40), signature.slice(0, 40)];
}

class Collector {
  texts: string[] = [];
  readonly #secrets: string[];
  constructor(secrets: string[]) {
    this.#secrets = [...secrets.filter(({ length }) => length >= 8), 'PRIVATE KEY'];
  }
  keep(secrets: string[]) {
    this.#secrets.push(...secrets.filter(({ length }) => length >= 8));
  }
  add(...values: unknown[]) {
    for (const value of values)
      this.texts.push(typeof value === 'string' ? value : inspect(value, { depth: 12, showHidden: true }));
  }
  expectNone() {
    for (const text of this.texts) {
      const found = this.#secrets.find((secret) => text.includes(secret));
      expect(found === undefined ? '' : `${found} in ${text.slice(0, 400)}`).toBe('');
    }
  }
}

const tokenIn = ({ body }: ServiceCall) =>
  /"oidcIdentityToken":"([^"]+)"/.exec(new TextDecoder().decode(body))?.[1] ?? 'none';

describe('secrets of signing by sigstore', () => {
  let locked: { privatePem: string; publicPem: string };
  beforeAll(async () => {
    locked = await generateCosignKey({ passphrase: PASSWORD });
  });

  it('stand in nothing that a service says or writes', async () => {
    const transit = createTransit('ecdsa-p256');
    const entry = { repositories: ['registry.test/charts/**'], callers: ['tester'] };
    const world = await createSigstoreWorld({
      config: {
        signing: [
          ...Object.values(ENTRIES),
          { ...entry, name: 'locked', sigstore: { secret: 'LOCKED', passphrase: 'PASS' } },
          {
            ...entry,
            name: 'vault',
            sigstore: {
              vault: {
                address: 'https://vault.example.com:8200',
                key: 'release',
                token: { secret: 'VAULT' },
                publicKey: 'vault.pub',
              },
            },
          },
        ],
      },
      files: { 'vault.pub': new TextEncoder().encode(transit.publicPem()) },
      secrets: { LOCKED: locked.privatePem, PASS: PASSWORD, VAULT: VAULT_TOKEN },
      others: { 'vault.example.com:8200': { fetch: (request) => transit.fetch(request) } },
    });
    const out = new Collector([
      ...secretsOf(world.privatePem),
      ...secretsOf(locked.privatePem),
      ...[PASSWORD, VAULT_TOKEN].flatMap(formsOf),
    ]);
    const send = async (body: object, path = '/v1/sign') => {
      const init = { method: 'POST', headers: AUTHORIZED, body: JSON.stringify(body) };
      const response = await world.service.fetch(path, init);
      out.add(JSON.stringify([...response.headers]), await response.text());
      return response.status;
    };
    const token = async (claims = {}) => {
      const made = await world.token({ jti: crypto.randomUUID(), ...claims });
      out.keep(partsOf(made));
      return made;
    };
    const everybody = ['release', 'cosign', 'bare', 'legacy', 'locked', 'vault', 'keyless'];
    const chart = await world.push();
    const order = { reference: chart.reference, expectedDigest: chart.digest };
    expect(await send({ ...order, with: everybody, identityToken: await token() })).toBe(201);
    expect(await send({ ...order, with: everybody, identityToken: await token() })).toBe(200);
    expect(await send({ ...order, with: ['cosign'], identityToken: await token() })).toBe(400);
    expect(await send({ ...order, with: ['keyless'], identityToken: `${await token()}.x` })).toBe(422);
    expect(await send({ ...order, with: [await token()] })).toBe(400);
    // Put where the reference belongs it is shown to whoever did that, and to nobody else.
    const misplaced = JSON.stringify({ ...order, reference: await token(), with: ['keyless'] });
    const init = { method: 'POST', headers: AUTHORIZED, body: misplaced };
    expect((await world.service.fetch('/v1/sign', init)).status).toBe(422);
    expect(await send({ ...order, with: ['keyless'], identityToken: { a: await token() } })).toBe(400);
    expect(await send({ reference: chart.reference, identityToken: await token() }, '/v1/verify')).toBe(400);

    // Services that repeat what they were sent, in every way they may.
    for (const url of [FULCIO, REKOR_2, TSA]) {
      for (const answer of [
        (call: ServiceCall) => new Response(call.body as BodyInit, { status: 400 }),
        (call: ServiceCall) => new Response(call.body as BodyInit, { status: 500 }),
        (call: ServiceCall) => new Response(call.body as BodyInit, { status: 201 }),
        (call: ServiceCall) => Response.json({ message: tokenIn(call) }, { status: 403 }),
        (call: ServiceCall) => Response.json({ code: 16, message: `no ${tokenIn(call)}.` }, { status: 401 }),
        (call: ServiceCall) =>
          new Response(null, { status: 307, headers: { location: `https://x.test/?t=${tokenIn(call)}` } }),
        (call: ServiceCall) => Promise.reject(new TypeError(`fetch failed: ${tokenIn(call)}`)),
      ]) {
        const other = await world.push(`charts/${out.texts.length}/app`);
        world.services.instead.set(new URL(url).origin, answer);
        const failed = {
          reference: other.reference,
          expectedDigest: other.digest,
          with: ['keyless', 'cosign'],
        };
        expect(await send({ ...failed, identityToken: await token() })).toBeGreaterThanOrEqual(400);
        world.services.instead.clear();
      }
    }
    transit.answer = () => Response.json({ errors: [`bad token ${VAULT_TOKEN}`] }, { status: 403 });
    const other = await world.push('charts/vault/app');
    expect(await send({ reference: other.reference, expectedDigest: other.digest, with: ['vault'] })).toBe(
      502,
    );

    for (const path of [
      '/v1/keys',
      '/keys/cosign.pub',
      '/keys/cosign/locked.pub',
      '/keys/cosign/vault.pub',
      '/v1/audit',
    ]) {
      const response = await world.service.fetch(path, { headers: AUTHORIZED });
      out.add(JSON.stringify([...response.headers]), await response.text());
    }
    for (const { body, url } of world.services.calls) {
      if (url.startsWith(FULCIO)) continue;
      out.add(Buffer.from(body).toString('latin1'));
    }
    const seen = new Set<string>();
    const look = (repository: string, which: string) => {
      const bytes =
        world.registry.getManifest(repository, which)?.bytes ?? world.registry.getBlob(repository, which);
      if (bytes === undefined || seen.has(which)) return;
      seen.add(which);
      const text = Buffer.from(bytes).toString('latin1');
      out.add(text, Buffer.from(bytes).toString('hex'));
      for (const [digest] of text.matchAll(/sha256:[0-9a-f]{64}/g)) look(repository, digest);
    };
    for (const tag of world.registry.tags('charts/app')) look('charts/app', tag);
    for (const digest of await world.referrers('charts/app', world.tag() ?? '')) look('charts/app', digest);
    expect(seen.size).toBeGreaterThan(15);
    const lines = await world.service.logs();
    expect(lines.length).toBeGreaterThan(30);
    out.add(...lines);
    out.expectNone();
  });

  it('are found by this scan if they are told', async () => {
    const out = new Collector([
      ...secretsOf(locked.privatePem),
      ...formsOf(PASSWORD),
      ...partsOf('eyJh.eyJzdWIiOiJhIn0x.c2lnbmF0dXJl'),
    ]);
    for (const leak of [
      locked.privatePem.split('\n')[2] ?? '',
      `the password ${PASSWORD}`,
      Buffer.from(PASSWORD).toString('hex'),
      'bad token eyJh.eyJzdWIiOiJhIn0x.',
    ]) {
      out.texts = [leak];
      expect(() => out.expectNone(), leak).toThrow();
    }
    out.texts = [locked.publicPem];
    out.expectNone();
  });

  const damaged = (pem: string) => pem.replace(/[A-Za-z]{4}(?=\n-----END)/, '!!!!');
  it.each<[string, (pem: string) => { sigstore: object; secrets?: Record<string, string> }]>([
    [
      'the wrong password',
      (pem) => ({ sigstore: { secret: 'KEY', passphrase: 'PASS' }, secrets: { KEY: pem, PASS: WRONG } }),
    ],
    ['no password', (pem) => ({ sigstore: { secret: 'KEY' }, secrets: { KEY: pem } })],
    ['half a key', (pem) => ({ sigstore: { secret: 'KEY' }, secrets: { KEY: pem.slice(0, 300) } })],
    ['a damaged key', (pem) => ({ sigstore: { secret: 'KEY' }, secrets: { KEY: damaged(pem) } })],
    [
      'a key without its frame',
      (pem) => ({ sigstore: { secret: 'KEY' }, secrets: { KEY: pem.split('\n').slice(1, -2).join('') } }),
    ],
    ['the password as the name of the secret', () => ({ sigstore: { secret: PASSWORD } })],
    ['the key in the file', (pem) => ({ sigstore: pem as unknown as object })],
    ['the key as the name of the secret', (pem) => ({ sigstore: { secret: pem } })],
    ['the public key as the secret', () => ({ sigstore: { secret: 'KEY' }, secrets: { KEY: 'PUBLIC' } })],
  ])('stand in no message of a start with %s', async (_name, make) => {
    const { sigstore, secrets = {} } = make(locked.privatePem);
    const out = new Collector([...secretsOf(locked.privatePem), ...[PASSWORD, WRONG].flatMap(formsOf)]);
    const error: unknown = await createSigstoreWorld({
      config: { signing: [{ ...ENTRIES.bare, sigstore }] },
      secrets,
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    out.add(error, `${(error as Error).message} ${(error as Error).stack}`);
    if (error instanceof ChartsealError) out.add(JSON.stringify(error), error.help);
    out.texts = out.texts.map((text) => text.replaceAll(/(?:ENCRYPTED SIGSTORE|a) PRIVATE KEY/g, ''));
    out.expectNone();
  });
});
