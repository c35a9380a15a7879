import { inspect } from 'node:util';
import { encryptKey, generateKey, type PrivateKey, readPrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { openState } from '../../src/platform/state/open-state.ts';
import { makeChart } from '../chart/make-tar.ts';
import { fixture } from '../support/fixtures.ts';
import { AUDIENCE, createIssuer, ISSUER } from '../support/oidc-issuer.ts';
import { formsOf, secretsOf } from '../support/secret-forms.ts';
import { certifyOnly, secretKey } from '../support/secret-keys.ts';
import { ask, NOW } from '../support/service.ts';
import { createSigningWorld, RELEASE_ENTRY } from '../support/signing-world.ts';
import { createTransit, TOKEN as VAULT_TOKEN } from '../support/transit.ts';
import { AUTHORIZED, createWorld, releaseSecret, TOKEN } from '../support/world.ts';

// Invariant 6 on the signing side: whatever is signed, refused or fails, at the start or later, no secret key, passphrase
// or token stands in an answer, its headers, a line of the log, the audit log, what the registry gets, or an error.

const PASSPHRASE = 'Korrekt-Pferd/Batterie:Klammer-91';
const WRONG_PASSPHRASE = 'falsches Pferd/Batterie-17';
const DATABASE_PASSWORD = 'db-Passwort-5e0f-geheim';
const DATABASE_URL = `postgres://chartseal:${DATABASE_PASSWORD}@127.0.0.1:1/audit`;
const REGISTRY_PASSWORD = 'registry-Passwort-77aa';

class Collector {
  texts: string[] = [];
  #secrets: string[];
  constructor(secrets: string[]) {
    this.#secrets = [...secrets, 'PRIVATE KEY BLOCK'];
  }
  add(...values: unknown[]) {
    for (const value of values)
      this.texts.push(typeof value === 'string' ? value : inspect(value, { depth: 12, showHidden: true }));
  }
  expectNone() {
    for (const text of this.texts) {
      const found = this.#secrets.find((secret) => secret.length >= 8 && text.includes(secret));
      expect(found === undefined ? '' : `${found} in ${text.slice(0, 400)}`).toBe('');
    }
  }
}

async function smallKey(): Promise<PrivateKey> {
  return secretKey({ type: 'rsa', rsaBits: 3072 });
}

describe('secrets of signing', () => {
  it('are found by this scan if they are told', async () => {
    const key = await readPrivateKey({ binaryKey: await fixture('keys/release.secret.gpg') });
    const { d } = (key.keyPacket as unknown as { privateParams: { d: Uint8Array } }).privateParams;
    const secrets = [...secretsOf(key), ...formsOf(PASSPHRASE)];
    const leaks = [
      key.armor(),
      Buffer.from(key.write()).toString('base64'),
      `x${Buffer.from(key.write()).toString('hex')}`,
      inspect(d, { maxArrayLength: null }).replaceAll(/\s/g, ''),
      `no ${PASSPHRASE} here`,
      Buffer.from(`user:${PASSPHRASE}`).toString('base64'),
    ];
    for (const leak of leaks) {
      const collector = new Collector(secrets);
      collector.add(leak);
      expect(() => collector.expectNone(), leak.slice(0, 60)).toThrow();
    }
    const clean = new Collector(secrets);
    clean.add(key.toPublic().armor(), Buffer.from(key.toPublic().write()).toString('hex'));
    clean.expectNone();
  });

  it('stand in nothing that a service says or writes', async () => {
    const release = await readPrivateKey({ binaryKey: await fixture('keys/release.secret.gpg') });
    const plain = await smallKey();
    const locked = await encryptKey({ privateKey: plain, passphrase: PASSPHRASE });
    const transit = createTransit('rsa-3072');
    const issuer = await createIssuer(() => NOW);
    const tokens = {
      good: await issuer.token({ sub: 'release' }),
      expired: await issuer.token({ sub: 'release', exp: NOW / 1000 - 60 }),
      foreign: await issuer.token({ sub: 'release', aud: 'x' }),
    };
    const tokenParts = Object.values(tokens).flatMap((token) => [token, ...token.split('.').slice(1)]);
    const out = new Collector([
      ...secretsOf(release),
      ...secretsOf(plain),
      ...secretsOf(locked).filter((line) => !locked.toPublic().armor().includes(line)),
      ...[PASSPHRASE, TOKEN, VAULT_TOKEN, REGISTRY_PASSWORD].flatMap(formsOf),
      ...tokenParts,
    ]);
    const world = await createSigningWorld({
      config: {
        registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' } }],
        callers: {
          tester: { token: { secret: 'TESTER' } },
          job: { oidc: { issuer: ISSUER, audience: AUDIENCE, claims: { sub: 'release' } } },
        },
        signing: [
          { ...RELEASE_ENTRY, callers: ['tester', 'job'], mayReplace: true },
          {
            ...RELEASE_ENTRY,
            name: 'locked',
            pgp: { secret: 'LOCKED', passphrase: 'PASS' },
            mayReplace: true,
          },
        ],
      },
      secrets: {
        LOCKED: locked.armor(),
        PASS: PASSPHRASE,
        REGISTRY: `robot:${REGISTRY_PASSWORD}`,
      },
      others: {
        'issuer.test': issuer,
        'vault.example.com:8200': { fetch: (request) => transit.fetch(request) },
      },
    });
    const auth = { basic: { user: 'robot', password: REGISTRY_PASSWORD } };
    world.registry.quirks = { auth };
    const chart = await world.push();
    const trap = await world.push(
      'charts/trap/app',
      makeChart({ name: 'app/x', type: '2', link: '/etc/passwd' }),
    );
    const send = async (
      body: object | string,
      headers: Record<string, string> = AUTHORIZED,
      path = '/v1/sign',
    ) => {
      const init = { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
      const response = await world.service.fetch(path, init);
      const text = await response.text();
      out.add(`${response.status} ${JSON.stringify([...response.headers])}`, text);
      return response.status;
    };
    const order = { reference: chart.reference, expectedDigest: chart.digest, with: ['release'] };
    const as = (token: string) => ({ authorization: `Bearer ${token}` });

    expect(await send({ ...order, dryRun: true })).toBe(200);
    expect(await send(order, as(tokens.good))).toBe(201);
    expect(await send({ ...order, with: ['locked'], replace: true })).toBe(201);
    expect(await send({ ...order, with: ['locked'] })).toBe(200);
    expect(await send({ ...order, mode: 'detached' })).toBe(201);
    for (const token of [
      tokens.expired,
      tokens.foreign,
      `${tokens.good}x`,
      `${PASSPHRASE.replaceAll(/\W/g, '')}`,
    ]) {
      expect(await send(order, as(token))).toBe(401);
    }
    expect(await send({ ...order, reference: trap.reference, expectedDigest: trap.digest })).toBe(422);
    await send({ ...order, with: ['nobody'] });
    await send({ ...order, with: [tokens.good.slice(0, 90)] });
    await send({ ...order, reference: `oci://robot:${REGISTRY_PASSWORD}@registry.test/charts/app:1.2.3` });
    await send({ ...order, passphrase: PASSPHRASE });
    await send(`{"with": "${TOKEN}`);
    await send({
      references: [order, { ...order, reference: trap.reference }].map(({ with: _, ...one }) => one),
      with: ['release'],
    });
    // And while each request to the registry meets each fault.
    const another = await world.push('charts/other/app');
    for (const fault of [
      { status: { status: 500 } },
      { reset: true },
      { wrongBytes: true },
      { status: { status: 403, body: 'denied' } },
    ] as const) {
      for (const match of [/GET/, /HEAD/, /POST/, /PUT .*blobs/, /PUT .*manifests/, /referrers/]) {
        const [name, value] = Object.entries(fault)[0] as [string, object | true];
        world.registry.quirks = { auth, [name]: value === true ? { match } : { ...value, match } };
        await send({ ...order, reference: another.reference, expectedDigest: another.digest });
        await ask(world.service, { reference: another.reference }, AUTHORIZED).then((answer) =>
          out.add(answer.body),
        );
      }
    }
    world.registry.quirks = { auth };
    for (const path of [
      '/v1/keys',
      '/keys/pgp.asc',
      '/keys/pgp.gpg',
      '/keys/pgp-all.gpg',
      '/readyz',
      '/v1/audit',
      '/v1/audit?limit=x',
    ]) {
      const response = await world.service.fetch(path, { headers: AUTHORIZED });
      const bytes = Buffer.from(await response.arrayBuffer());
      out.add(JSON.stringify([...response.headers]), bytes.toString('latin1'), bytes.toString('hex'));
    }
    for (const tag of ['1.2.3', ...world.registry.tags('charts/app')]) {
      const { bytes } = world.registry.getManifest('charts/app', tag) ?? { bytes: new Uint8Array() };
      const text = Buffer.from(bytes).toString();
      out.add(text);
      for (const [digest] of text.matchAll(/sha256:[0-9a-f]{64}/g)) {
        const blob = Buffer.from(world.registry.getBlob('charts/app', digest) ?? []);
        out.add(blob.toString('latin1'), blob.toString('hex'));
      }
    }
    const lines = await world.service.logs();
    expect(lines.length).toBeGreaterThan(60);
    expect(out.texts.length).toBeGreaterThan(120);
    out.add(...lines);
    out.expectNone();
  });

  const starts: [
    string,
    () => Promise<{ secrets: Record<string, string>; pgp?: object; key?: PrivateKey }>,
  ][] = [
    [
      'the wrong passphrase',
      async () => {
        const key = await smallKey();
        const locked = await encryptKey({ privateKey: key, passphrase: PASSPHRASE });
        return {
          key: locked,
          secrets: { KEY: locked.armor(), PASS: WRONG_PASSPHRASE },
          pgp: { secret: 'KEY', passphrase: 'PASS' },
        };
      },
    ],
    [
      'no passphrase',
      async () => {
        const locked = await encryptKey({ privateKey: await smallKey(), passphrase: PASSPHRASE });
        return { key: locked, secrets: { KEY: locked.armor() } };
      },
    ],
    [
      'a passphrase for a key without',
      async () => {
        const key = await smallKey();
        return { key, secrets: { KEY: key.armor(), PASS: '' }, pgp: { secret: 'KEY', passphrase: 'PASS' } };
      },
    ],
    [
      'a key that may only certify',
      async () => {
        const key = await certifyOnly(await smallKey());
        return { key, secrets: { KEY: key.armor() } };
      },
    ],
    [
      'a key that has expired',
      async () => {
        const key = await secretKey({ type: 'rsa', rsaBits: 3072, keyExpirationTime: 1 });
        return { key, secrets: { KEY: key.armor() } };
      },
    ],
    [
      'a key of too few bits',
      async () => {
        const { privateKey } = await generateKey({
          type: 'rsa',
          rsaBits: 2048,
          userIDs: [{ name: 'x' }],
          date: new Date('2026-01-01'),
          format: 'object',
        });
        return { key: privateKey, secrets: { KEY: privateKey.armor() } };
      },
    ],
    [
      'an Ed25519 key',
      async () => {
        const key = await secretKey({ type: 'curve25519' });
        return { key, secrets: { KEY: key.armor() } };
      },
    ],
    [
      'an armor with a letter changed',
      async () => {
        const key = await smallKey();
        const lines = key.armor().split('\n');
        lines[12] = [...(lines[12] ?? '')].reverse().join('');
        return { key, secrets: { KEY: lines.join('\n') } };
      },
    ],
    [
      'half an armor',
      async () => {
        const key = await smallKey();
        return { key, secrets: { KEY: key.armor().slice(0, 1500) } };
      },
    ],
    [
      'base64 without an armor',
      async () => {
        const key = await smallKey();
        return { key, secrets: { KEY: Buffer.from(key.write()).toString('base64') } };
      },
    ],
    ['the secret as the name of the secret', async () => ({ secrets: {}, pgp: { secret: PASSPHRASE } })],
    [
      'the key in the file',
      async () => {
        const key = await smallKey();
        return { key, secrets: {}, pgp: key.armor() as unknown as object };
      },
    ],
    [
      'the token of a vault in its address',
      async () => ({
        secrets: { VAULT: VAULT_TOKEN },
        pgp: {
          vault: {
            address: `https://x:${VAULT_TOKEN}@vault.example.com`,
            key: 'release',
            token: { secret: 'VAULT' },
            publicKey: 'release.asc',
          },
        },
      }),
    ],
    [
      'a vault that refuses',
      async () => ({
        secrets: { VAULT: `${VAULT_TOKEN}-wrong` },
        pgp: {
          vault: {
            address: 'https://vault.example.com:8200',
            key: 'release',
            token: { secret: 'VAULT' },
            publicKey: 'release.asc',
          },
        },
      }),
    ],
  ];

  it.each(starts)('stand in no message of a start with %s', async (_name, make) => {
    const { secrets, pgp = { secret: 'KEY' }, key } = await make();
    const transit = createTransit('rsa-3072');
    const out = new Collector([
      ...(key === undefined ? [] : secretsOf(key)),
      ...[PASSPHRASE, WRONG_PASSPHRASE, VAULT_TOKEN, TOKEN].flatMap(formsOf),
    ]);
    const started = createWorld({
      signing: true,
      config: { signing: [{ ...RELEASE_ENTRY, pgp }] },
      secrets,
      others: { 'vault.example.com:8200': { fetch: (request) => transit.fetch(request) } },
    });
    const error: unknown = await started.then(
      async ({ registry, service }) => {
        // What does not fail at the start fails when it signs.
        const { digest } = await registry.pushChart('charts/app', '1.2.3', {
          archive: await fixture('demo/app-1.2.3.tgz'),
        });
        const body = JSON.stringify({
          reference: 'oci://registry.test/charts/app:1.2.3',
          expectedDigest: digest,
          with: ['release'],
        });
        const answer = await service.fetch('/v1/sign', { method: 'POST', headers: AUTHORIZED, body });
        out.add(JSON.stringify([...answer.headers]), await answer.text(), ...(await service.logs()));
        return answer.ok ? 'signed' : new Error('refused');
      },
      (reason: unknown) => reason,
    );
    if (!_name.startsWith('a passphrase for')) expect(error).toBeInstanceOf(Error);
    out.add(error, error instanceof Error ? `${error.message} ${error.stack}` : '');
    if (error instanceof ChartsealError) out.add(JSON.stringify(error), error.help);
    out.expectNone();
  });

  it('stand in no message of a database that cannot be reached', async () => {
    const out = new Collector([...formsOf(DATABASE_PASSWORD), DATABASE_URL, ...formsOf(TOKEN)]);
    for (const postgres of [
      DATABASE_URL,
      `postgres://chartseal:${DATABASE_PASSWORD}@[bad/audit`,
      `${DATABASE_PASSWORD}`,
    ]) {
      const error: unknown = await openState({ postgres }, { clock: () => NOW }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      out.add(error, String((error as Error).stack));
    }
    const misplaced = await createWorld({
      signing: true,
      config: { state: { postgres: DATABASE_URL } },
    }).catch((reason: unknown) => reason);
    expect(misplaced).toBeInstanceOf(Error);
    out.add(misplaced);
    for (const config of [
      { state: DATABASE_URL },
      { callers: { tester: TOKEN } },
      { callers: { tester: { token: TOKEN } } },
      { callers: TOKEN },
      { signing: [DATABASE_URL] },
      { signing: DATABASE_URL },
      { registries: [{ host: 'registry.test', credentials: DATABASE_URL }] },
    ]) {
      const refused: unknown = await createWorld({ signing: true, config }).catch(
        (reason: unknown) => reason,
      );
      expect(refused).toBeInstanceOf(Error);
      out.add(refused);
    }
    out.expectNone();
  });

  it('are the secret key as it was read, which the fixture of these tests is', async () => {
    expect(await releaseSecret()).toContain('PRIVATE KEY BLOCK');
  });
});
