import { beforeAll, describe, expect, test } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import type { ReadSigstoreSigner, SigstoreSignerSource } from '../../src/config/index.ts';
import type { SigstoreSigner } from '../../src/sigstore/index.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { signingConfigJson } from '../support/sigstore-services/index.ts';
import { configText, parse, problemsOf, readFixture, SECRETS, sigstoreSignerOf } from './support.ts';

const PEM = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${'eyJrZGYiOnsibmFtZSI6InNjcnlwdCJ9fQsecretsecret'.repeat(4)}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
const secrets: Record<string, string> = {
  ...SECRETS,
  KEY: PEM,
  PASSWORD: 'correct horse \n',
  VAULT_TOKEN: 'hvs.vault-token-of-the-test\n',
};
const secret = (name: string) => secrets[name];
const root = createFakeSigstore().trustedRoot();
const files: Record<string, Uint8Array> = {
  'signing.json': signingConfigJson(['fulcio', 'rekor2', 'tsa']),
  'no-log.json': signingConfigJson(['fulcio', 'tsa']),
  'root.json': root,
  'chartseal:sigstore/public-good.json': root,
  'cosign.pub': new TextEncoder().encode('-----BEGIN PUBLIC KEY-----\n'),
};
const readFile = async (path: string) => files[path] ?? readFixture(path);
const ENTRY = {
  name: 'cosign',
  repositories: ['Registry.Example.com/prod/**'],
  callers: ['ci'],
};
const VAULT = {
  address: 'https://vault.example.com:8200/',
  key: 'cosign',
  token: { secret: 'VAULT_TOKEN' },
  publicKey: 'cosign.pub',
};
let signers: Record<'key' | 'keyless', SigstoreSigner>;
beforeAll(async () => {
  signers = { key: await sigstoreSignerOf('key'), keyless: await sigstoreSignerOf('keyless') };
});
const readSigstoreSigner: ReadSigstoreSigner = async ({ kind }) =>
  signers[kind === 'keyless' ? 'keyless' : 'key'];
const signing = (...entries: object[]): string =>
  configText({ signing: entries.map((sigstore) => ({ ...ENTRY, sigstore })) });
const problems = (text: string, more = {}) =>
  problemsOf(text, { secret, readFile, readSigstoreSigner, ...more });

describe('signers of sigstore', () => {
  test('are opened through what is injected', async () => {
    const asked: SigstoreSignerSource[] = [];
    const config = await parse(
      configText({
        signing: [
          { ...ENTRY, sigstore: { secret: 'KEY', passphrase: 'PASSWORD' }, requires: 'default' },
          {
            ...ENTRY,
            name: 'vault',
            sigstore: {
              vault: VAULT,
              signingConfig: 'no-log.json',
              legacyTag: true,
              annotations: { a: 'b' },
            },
            unsafeSignTags: true,
          },
          { ...ENTRY, name: 'keyless', sigstore: { keyless: true, signingConfig: 'signing.json' } },
        ],
      }),
      {
        secret,
        readFile,
        readSigstoreSigner: (source) => {
          asked.push(source);
          return readSigstoreSigner(source);
        },
      },
    );
    expect(asked).toEqual([
      { kind: 'secret', pem: PEM, passphrase: 'correct horse ', signingConfig: undefined },
      {
        kind: 'vault',
        address: 'https://vault.example.com:8200',
        key: 'cosign',
        token: 'hvs.vault-token-of-the-test',
        publicKey: files['cosign.pub'],
        signingConfig: files['no-log.json'],
      },
      { kind: 'keyless', signingConfig: files['signing.json'] },
    ]);
    // A signature is held to what the services can prove: no root and no log without a signing config.
    expect(config.signing.get('cosign')).toEqual({
      scheme: 'sigstore',
      name: 'cosign',
      signer: signers.key,
      repositories: ['registry.example.com/prod/**'],
      callers: ['ci'],
      requires: 'default',
      unsafeSignTags: false,
      trust: { root: undefined, transparencyLog: 'optional', certificateTransparency: 'required' },
      legacyTag: false,
      annotations: new Map(),
    });
    expect(config.signing.get('vault')).toMatchObject({
      unsafeSignTags: true,
      trust: { root: { digest: expect.any(String) }, transparencyLog: 'optional' },
      legacyTag: true,
      annotations: new Map([['a', 'b']]),
    });
    expect(config.signing.get('keyless')).toMatchObject({ trust: { transparencyLog: 'required' } });
    expect(config.state).toEqual({ sqlite: 'data/chartseal.db' });
  });

  test('are checked and not opened where the command line verifies, or only looks; their files are read', async () => {
    const none = () => {
      throw new Error('a signer was opened');
    };
    const text = signing(
      { secret: 'KEY', signingConfig: 'signing.json', root: 'root.json' },
      { keyless: true, signingConfig: 'signing.json' },
    ).replace('"cosign"', '"other"');
    for (const more of [{ use: 'verify' as const, secret: () => undefined }, { withoutSecrets: true }]) {
      const read: string[] = [];
      const config = await parse(text, {
        ...more,
        readSigstoreSigner: none,
        readFile: (path) => {
          read.push(path);
          return readFile(path);
        },
      });
      expect(config.signing.size).toBe(0);
      expect(read).toEqual(
        expect.arrayContaining(['signing.json', 'root.json', 'chartseal:sigstore/public-good.json']),
      );
    }
  });

  test.each<[string, object, string]>([
    ['no kind', {}, 'sigstore: found an empty map; allowed: secret (and passphrase), vault, or keyless'],
    ['two kinds', { secret: 'KEY', keyless: true }, 'sigstore: found secret and keyless; allowed: secret'],
    ['an untrue keyless', { keyless: false }, 'sigstore.keyless: found false; allowed: true'],
    [
      'keyless without services',
      { keyless: true },
      'sigstore.signingConfig: missing; allowed: the path of a signing_config.json',
    ],
    [
      'a passphrase of nothing',
      { keyless: true, signingConfig: 'signing.json', passphrase: 'PASSWORD' },
      'sigstore.passphrase: goes with secret; remove it',
    ],
    [
      'a root without services',
      { secret: 'KEY', root: 'root.json' },
      'sigstore.root: goes with signingConfig',
    ],
    [
      'certificates of a key',
      { secret: 'KEY', certificateTransparency: 'optional' },
      'sigstore.certificateTransparency: goes with keyless',
    ],
    ['a secret not set', { secret: 'NOT_SET' }, 'sigstore.secret: the secret NOT_SET is not set'],
    [
      'a passphrase not set',
      { secret: 'KEY', passphrase: 'NOT_SET' },
      'sigstore.passphrase: the secret NOT_SET is not set',
    ],
    [
      'no file of services',
      { secret: 'KEY', signingConfig: 'keys/none.json' },
      'sigstore.signingConfig: cannot read the file "keys/none.json": there is no such file',
    ],
    [
      'no file of the root',
      { secret: 'KEY', signingConfig: 'signing.json', root: 'keys/none.json' },
      'sigstore.root: cannot read the file "keys/none.json": there is no such file',
    ],
    [
      'a root that is none',
      { secret: 'KEY', signingConfig: 'signing.json', root: 'signing.json' },
      'sigstore.root: cannot use the file "signing.json": ',
    ],
    [
      'a vault over http',
      { vault: { ...VAULT, address: 'http://vault.internal:8200' } },
      'sigstore.vault.address: found "http://vault.internal:8200"; plain http is for 127.0.0.1',
    ],
    [
      'an unknown field',
      { secret: 'KEY', legacytag: true },
      'sigstore.legacytag: unknown field; did you mean "legacyTag"?',
    ],
  ])('refuses %s', async (_name, sigstore, expected) => {
    expect(await problems(signing(sigstore))).toEqual([expect.stringContaining(`signing[0].${expected}`)]);
  });

  test.each(['mayReplace', 'unsafeAllow'])('refuses %s, which is of PGP', async (field) => {
    const entry = {
      ...ENTRY,
      sigstore: { secret: 'KEY' },
      [field]: field === 'mayReplace' ? true : ['ed25519'],
    };
    expect(await problems(configText({ signing: [entry] }))).toEqual([
      expect.stringContaining(`signing[0].${field}: goes with pgp only; remove it`),
    ]);
  });

  test('tells why one is refused, where it stands, and nothing of the key', async () => {
    const refusing = (thrown: unknown) => ({ readSigstoreSigner: () => Promise.reject(thrown) });
    const why = new ChartsealError(
      'sign.cosign_key_unusable',
      'the key is of a kind that cosign does not take',
    );
    expect(await problems(signing({ secret: 'KEY' }), refusing(why))).toEqual([
      expect.stringMatching(
        /^signing\[0\]\.sigstore\.secret: the key in this secret cannot be used: the key is of a kind that cosign/,
      ),
    ]);
    const leaks = [
      new Error(`cannot parse ${PEM}`),
      new ChartsealError('sign.cosign_key_unusable', `bad line ${PEM.split('\n')[1]}`),
      new ChartsealError('sign.cosign_key_unusable', 'the passphrase "correct horse " is wrong'),
    ];
    for (const leak of leaks) {
      const entry = { secret: 'KEY', passphrase: 'PASSWORD' };
      expect(await problems(signing(entry), refusing(leak))).toEqual([
        expect.stringMatching(/the key in this secret cannot be used: it cannot be read \(line \d+\)$/),
      ]);
    }
    expect(await problems(signing({ secret: 'KEY' }), { readSigstoreSigner: undefined })).toEqual([
      expect.stringContaining('signing[0].sigstore.secret: there is nothing here that could sign'),
    ]);
    const services = { keyless: true, signingConfig: 'signing.json' };
    const unfit = new ChartsealError('sign.signing_config', 'it names no certificate authority');
    expect(await problems(signing(services), refusing(unfit))).toEqual([
      expect.stringContaining('sigstore.keyless: its signing config cannot be used: it names no certificate'),
    ]);
  });
});

describe('retired keys of sigstore', () => {
  test('are read beside those of PGP', async () => {
    const pub = new TextEncoder().encode(createFakeSigstore().publicKeyPem);
    const config = await parse(configText({ keys: { retired: ['keys/expired.asc', 'old.pub'] } }), {
      readFile: async (path) => (path === 'old.pub' ? pub : readFile(path)),
    });
    expect(config.keys.retired).toEqual([
      { file: 'keys/expired.asc', keyring: expect.anything() },
      {
        file: 'old.pub',
        key: expect.objectContaining({ fingerprint: expect.stringMatching(/^[0-9A-F]{64}$/) }),
      },
    ]);
  });

  test('are refused where they are none', async () => {
    const bad = new TextEncoder().encode('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n');
    const more = { readFile: async (path: string) => (path === 'old.pub' ? bad : readFile(path)) };
    expect(await problemsOf(configText({ keys: { retired: ['old.pub'] } }), more)).toEqual([
      expect.stringContaining('keys.retired[0]: cannot use the file "old.pub": '),
    ]);
  });
});
