import { describe, expect, test } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import type { ReadSigner, SignerSource } from '../../src/config/index.ts';
import { configText, parse, problemsOf, SECRETS, signerOf } from './support.ts';

const ARMORED = `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${'lQdGBGcAAAABEADsecretsecretsecret'.repeat(4)}\n-----END PGP PRIVATE KEY BLOCK-----\n`;
const secrets: Record<string, string> = {
  ...SECRETS,
  KEY: ARMORED,
  PASSPHRASE: 'correct horse \n',
  VAULT_TOKEN: 'hvs.vault-token-of-the-test\n',
  DATABASE_URL: 'postgres://chartseal:database-password@db.internal/chartseal',
};
const secret = (name: string) => secrets[name];
const readSigner: ReadSigner = () => signerOf('release');
const ENTRY = {
  name: 'release',
  pgp: { secret: 'KEY', passphrase: 'PASSPHRASE' },
  repositories: ['Registry.Example.com/prod/**'],
  callers: ['ci'],
};
const VAULT = {
  address: 'https://vault.example.com:8200/',
  key: 'release',
  token: { secret: 'VAULT_TOKEN' },
  publicKey: 'keys/release.asc',
};
const signing = (...entries: object[]): string => configText({ signing: entries });
const problems = (text: string, more = {}) => problemsOf(text, { secret, readSigner, ...more });

describe('signing', () => {
  test('opens its keys through what is injected', async () => {
    const asked: SignerSource[] = [];
    const config = await parse(
      signing(
        { ...ENTRY, requires: 'default', mayReplace: true },
        { ...ENTRY, name: 'vault', pgp: { vault: VAULT }, unsafeSignTags: true, unsafeAllow: ['ed25519'] },
      ),
      {
        secret,
        readSigner: async (source) => {
          asked.push(source);
          return signerOf('release');
        },
      },
    );
    expect(asked).toEqual([
      { kind: 'secret', armored: ARMORED, passphrase: 'correct horse ', unsafeAllow: [] },
      {
        kind: 'vault',
        address: 'https://vault.example.com:8200',
        key: 'release',
        token: 'hvs.vault-token-of-the-test',
        publicKey: expect.any(Uint8Array),
        unsafeAllow: ['ed25519'],
      },
    ]);
    expect([...config.signing.keys()]).toEqual(['release', 'vault']);
    expect(config.signing.get('release')).toMatchObject({
      repositories: ['registry.example.com/prod/**'],
      callers: ['ci'],
      requires: 'default',
      mayReplace: true,
      unsafeSignTags: false,
    });
    expect(config.signing.get('vault')).toMatchObject({ mayReplace: false, unsafeSignTags: true });
    expect(config.state).toEqual({ sqlite: 'data/chartseal.db' });
  });

  test('is checked and not opened where the command line verifies, or only looks', async () => {
    const none = () => {
      throw new Error('a key was opened');
    };
    for (const more of [{ use: 'verify' as const, secret: () => undefined }, { withoutSecrets: true }]) {
      const config = await parse(signing(ENTRY), { readSigner: none, ...more });
      expect(config.signing.size).toBe(0);
      expect(await problems(signing({ ...ENTRY, callers: ['cj'] }), { readSigner: none, ...more })).toEqual([
        expect.stringContaining('signing[0].callers[0]: found "cj", which is no name under callers'),
      ]);
    }
  });

  test.each([
    [
      'unknown caller',
      { callers: ['c1'] },
      'signing[0].callers[0]: found "c1", which is no name under callers; did you mean "ci"?',
    ],
    [
      'unknown policy',
      { requires: 'defualt' },
      'signing[0].requires: found "defualt", which is no name under policies; did you mean "default"?',
    ],
    [
      'no repositories',
      { repositories: [] },
      'signing[0].repositories: found an empty list; allowed: a list with at least one item',
    ],
    ['no callers', { callers: [] }, 'signing[0].callers: found an empty list'],
    [
      'glob with a tag',
      { repositories: ['a.example/b:1'] },
      'signing[0].repositories[0]: found "a.example/b:1"; it is compared with repositories',
    ],
    [
      'glob without a host',
      { repositories: ['prod'] },
      'signing[0].repositories[0]: found "prod"; it is compared with host/repository',
    ],
    [
      'two kinds',
      { pgp: { secret: 'KEY', vault: VAULT } },
      'signing[0].pgp: found secret and vault; allowed: secret (and passphrase), or vault',
    ],
    [
      'no kind',
      { pgp: {} },
      'signing[0].pgp: found an empty map; allowed: secret (and passphrase), or vault',
    ],
    [
      'secret not set',
      { pgp: { secret: 'NOT_SET' } },
      'signing[0].pgp.secret: the secret NOT_SET is not set',
    ],
    [
      'passphrase not set',
      { pgp: { secret: 'KEY', passphrase: 'NOT_SET' } },
      'signing[0].pgp.passphrase: the secret NOT_SET is not set',
    ],
    [
      'vault over http',
      { pgp: { vault: { ...VAULT, address: 'http://vault.internal:8200' } } },
      'signing[0].pgp.vault.address: found "http://vault.internal:8200"; plain http is for 127.0.0.1',
    ],
    [
      'no file of the certificate',
      { pgp: { vault: { ...VAULT, publicKey: 'keys/none.asc' } } },
      'signing[0].pgp.vault.publicKey: cannot read the file "keys/none.asc": there is no such file',
    ],
    [
      'unknown field',
      { mayReplase: true },
      'signing[0].mayReplase: unknown field; did you mean "mayReplace"?',
    ],
    [
      'neither scheme',
      { pgp: undefined },
      'signing[0]: found neither pgp nor sigstore; allowed: one of them',
    ],
    [
      'both schemes',
      { sigstore: { secret: 'KEY' } },
      'signing[0]: found pgp and sigstore; allowed: one of them',
    ],
  ])('refuses %s', async (_name, fields, expected) => {
    const found = await problems(signing({ ...ENTRY, ...fields }));
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test('refuses a name that is there twice', async () => {
    expect(await problems(signing(ENTRY, ENTRY))).toEqual([
      expect.stringContaining(
        'signing[1].name: found "release" a second time; signing[0].name has it already',
      ),
    ]);
  });

  test('tells why a key is refused, where it stands, and nothing of the key', async () => {
    const refusing = (thrown: unknown) => ({ readSigner: () => Promise.reject(thrown) });
    const why = new ChartsealError('sign.key_unusable', 'the primary key may only certify');
    expect(await problems(signing(ENTRY), refusing(why))).toEqual([
      expect.stringMatching(
        /^signing\[0\]\.pgp\.secret: the key in this secret cannot be used: the primary key may only certify; /,
      ),
    ]);
    const leaks = [
      new Error(`cannot parse ${ARMORED}`),
      new ChartsealError('sign.key_unusable', `bad line ${ARMORED.split('\n')[2]}`),
      new ChartsealError('sign.key_unusable', 'the passphrase "correct horse " is wrong'),
    ];
    for (const leak of leaks) {
      expect(await problems(signing(ENTRY), refusing(leak))).toEqual([
        expect.stringMatching(/the key in this secret cannot be used: it cannot be read \(line \d+\)$/),
      ]);
    }
    expect(await problems(signing(ENTRY), { readSigner: undefined })).toEqual([
      expect.stringContaining('signing[0].pgp.secret: there is nothing here that could sign'),
    ]);
  });
});

describe('keys', () => {
  test('retired ones are read', async () => {
    const { keys } = await parse(
      configText({ keys: { retired: ['keys/expired.asc'], publicUrl: 'https://chartseal.example.com/' } }),
    );
    expect(keys.publicUrl).toBe('https://chartseal.example.com');
    expect(keys.retired[0]).toMatchObject({ keyring: { keys: [expect.anything()] } });
  });

  test.each([
    [
      { retired: ['keys/none.asc'] },
      'keys.retired[0]: cannot read the file "keys/none.asc": there is no such file',
    ],
    [
      { retired: ['keys/release.secret.gpg'] },
      'keys.retired[0]: cannot use the file "keys/release.secret.gpg": the keyring holds a private key',
    ],
    [
      { publicUrl: 'chartseal.example.com' },
      'keys.publicUrl: found "chartseal.example.com"; allowed: an https URL',
    ],
    [
      { publicUrl: 'https://u:p@chartseal.example.com' },
      'keys.publicUrl: found a URL with credentials in it',
    ],
    [{ retried: [] }, 'keys.retried: unknown field; did you mean "retired"?'],
  ])('refuses %j', async (keys, expected) => {
    expect(await problems(configText({ keys }))).toEqual([expect.stringContaining(expected)]);
  });
});

describe('callers known by OpenID Connect', () => {
  const OIDC = {
    issuer: 'https://issuer.example',
    audience: 'https://chartseal.example',
    claims: { sub: 'a', n: ['b', 'c/*'] },
  };
  const oidc = (fields: object) => configText({ callers: { job: { oidc: { ...OIDC, ...fields } } } });

  test('are read, beside a token or without one', async () => {
    const config = await parse(
      configText({ callers: { job: { oidc: OIDC }, ci: { oidc: OIDC, token: { secret: 'CI_TOKEN' } } } }),
    );
    expect(config.callers.get('job')).toEqual({
      name: 'job',
      oidc: {
        ...OIDC,
        claims: new Map([
          ['sub', ['a']],
          ['n', ['b', 'c/*']],
        ]),
      },
    });
    expect(config.callers.get('ci')?.tokenDigest).toHaveLength(32);
  });

  test.each([
    ['http://issuer.example', 'plain http is for 127.0.0.1 and [::1] only; write https'],
    ['http://localhost:9', 'plain http is for'],
    ['issuer.example', 'allowed: an https URL'],
    ['https://issuer.example?a=b', 'an issuer has neither query nor fragment'],
    ['https://issuer.example/#', 'an issuer has neither query nor fragment'],
  ])('refuses the issuer %s', async (issuer, expected) => {
    const [found, ...more] = await problemsOf(oidc({ issuer }));
    expect(found).toContain(`callers.job.oidc.issuer: found "${issuer}"; `);
    expect(found).toContain(expected);
    expect(more).toEqual([]);
  });

  test('refuses callers that would be everybody or nobody', async () => {
    expect(await problemsOf(oidc({ claims: {} }))).toEqual([
      expect.stringContaining('callers.job.oidc.claims: found an empty map, by which everybody'),
    ]);
    expect(await problemsOf(oidc({ claims: { sub: [] } }))).toHaveLength(1);
    expect(await problemsOf(oidc({ claims: { sub: 5 } }))).toEqual([
      expect.stringContaining('callers.job.oidc.claims.sub: found 5; allowed: a glob or a list of globs'),
    ]);
    expect(await problemsOf(configText({ callers: { job: {} } }))).toEqual([
      expect.stringContaining('callers.job: found an empty map; allowed: token, oidc or both'),
    ]);
  });

  test('are allowed plain http to an address of this machine', async () => {
    expect(await problemsOf(oidc({ issuer: 'http://127.0.0.1:9000/realm' }))).toEqual([]);
  });
});

describe('access and state', () => {
  test('names of access must be callers', async () => {
    const config = await parse(configText({ access: { audit: ['ci'], metrics: ['ci'], sign: 'callers' } }));
    expect(config.access).toEqual({ verify: 'callers', sign: 'callers', audit: ['ci'], metrics: ['ci'] });
    expect(await problemsOf(configText({ access: { audit: ['nobody'] } }))).toEqual([
      expect.stringContaining('access.audit[0]: found "nobody", which is no name under callers; allowed: ci'),
    ]);
    expect(await problemsOf(configText({ access: { sign: 'anyone' } }))).toEqual([
      expect.stringContaining('access.sign: found "anyone"; allowed: "callers"'),
    ]);
  });

  test('state is one place, and none at the edge', async () => {
    const state = (value: unknown) => configText({ state: value });
    expect((await parse(state({ sqlite: 'x.db' }))).state).toEqual({ sqlite: 'x.db' });
    expect((await parse(configText())).state).toBeUndefined();
    expect((await parse(state({ postgres: { secret: 'DATABASE_URL' } }), { secret })).state).toEqual({
      postgres: secrets.DATABASE_URL,
    });
    expect(await problems(state({ postgres: { secret: 'CI_TOKEN' } }))).toEqual([
      expect.stringContaining('state.postgres.secret: CI_TOKEN is no URL that begins with postgres://'),
    ]);
    expect(await problems(state({ postgres: { secret: 'NOT_SET' } }))).toEqual([
      expect.stringContaining('state.postgres.secret: the secret NOT_SET is not set'),
    ]);
    expect(await problems(state({ sqlite: 'x', postgres: { secret: 'DATABASE_URL' } }))).toEqual([
      expect.stringContaining('state: found sqlite and postgres; allowed: one of sqlite, postgres'),
    ]);
    expect(await problems(state({}))).toEqual([expect.stringContaining('state: found an empty map')]);
    expect(await problems(state({ sqlite: 'x' }), { runtime: 'edge' })).toEqual([
      expect.stringContaining('state: found a place for state; at the edge it is what wrangler.toml binds'),
    ]);
  });
});
