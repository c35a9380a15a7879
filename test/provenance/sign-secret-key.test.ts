import { type PrivateKey, readPrivateKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { predictHelm, readKeyring, readSecretKey } from '../../src/provenance/index.ts';
import { at, certifyOnly, MADE, secretKey, withoutPrimarySecret } from '../support/secret-keys.ts';
import { ARCHIVE_DIGEST, outcomeOf, signedTextFor, trust, verify } from '../support/signing.ts';

const TEXT = signedTextFor();
const upper = (hex: string) => hex.toUpperCase();

describe('what is signed', () => {
  let key: PrivateKey;
  beforeAll(async () => {
    key = await secretKey();
  });

  test('verifies with the public half, and every Helm accepts it', async () => {
    const signer = await readSecretKey(key.armor(), { at });
    const provenance = await signer.clearsign(TEXT, at);
    const keyring = await readKeyring(signer.publicBinary);
    expect(outcomeOf(await verify(provenance, [trust('own', keyring)]))).toEqual({
      state: 'held',
      codes: [],
    });
    const clients = await predictHelm({
      source: { kind: 'file', fileName: 'app-1.2.3.tgz' },
      provenance: new TextEncoder().encode(provenance),
      keyrings: [keyring],
      archiveDigest: ARCHIVE_DIGEST,
      now: at,
    });
    expect(clients.map(({ outcome }) => outcome)).toEqual(['accept', 'accept', 'accept']);
  });

  test('describes the key without its secret half', async () => {
    const signer = await readSecretKey(key.armor(), { at });
    expect(signer).toMatchObject({
      fingerprint: upper(key.getFingerprint()),
      keyId: upper(key.getKeyID().toHex()),
      userIds: ['Test Signer <test@example.com>'],
      signsWith: { algorithm: 'ECDSA nistP256', primary: true, keyId: upper(key.getKeyID().toHex()) },
      helmOld: true,
      expiresAt: undefined,
    });
    expect(signer.publicKey.isPrivate()).toBe(false);
    expect(signer.publicArmored).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n/);
    expect(signer.publicArmored).not.toContain('\r');
  });

  test('is of version 4, a text signature over SHA-512, by issuer id and fingerprint', async () => {
    const signer = await readSecretKey(key.armor(), { at });
    const provenance = await signer.clearsign(TEXT, at + 999);
    const [, armor] = /SIGNATURE-----\n\n([\s\S]+)\n-----END/.exec(provenance)!;
    const packet = Buffer.from(armor!.replaceAll('\n', ''), 'base64');
    expect([...packet.subarray(2, 6)]).toEqual([4, 0x01, 19, 10]);
    const fingerprint = Buffer.from(signer.fingerprint, 'hex');
    const time = Buffer.alloc(4);
    time.writeUInt32BE(at / 1000);
    const hashed = [
      Buffer.of(5, 0x80 | 2), // created, critical
      time,
      Buffer.of(9, 16),
      fingerprint.subarray(12),
      Buffer.of(22, 33, 4),
      fingerprint,
    ];
    expect(packet.subarray(8, 8 + packet.readUInt16BE(6)).toString('hex')).toBe(
      Buffer.concat(hashed).toString('hex'),
    );
  });

  test('has LF line ends, escaped dashes, no armor headers, no checksum, and no line end at its end', async () => {
    const signer = await readSecretKey(key.armor(), { at });
    const text = TEXT.replace('name: app', 'keywords:\n- a\n- b\nname: app');
    const lines = (await signer.clearsign(text, at)).split('\n');
    expect(lines.slice(0, 7)).toEqual([
      '-----BEGIN PGP SIGNED MESSAGE-----',
      'Hash: SHA512',
      '',
      'apiVersion: v2',
      'keywords:',
      '- - a',
      '- - b',
    ]);
    const start = lines.indexOf('-----BEGIN PGP SIGNATURE-----');
    expect(lines.slice(start - 1, start + 2)).toEqual(['', '-----BEGIN PGP SIGNATURE-----', '']);
    expect(lines.at(-1)).toBe('-----END PGP SIGNATURE-----');
    expect(lines.slice(start + 2, -1).join('\n')).toMatch(
      /^([A-Za-z0-9+/]{64}\n)+[A-Za-z0-9+/]{1,64}={0,2}$/,
    );
    expect(lines.join('\n')).not.toContain('\r');
  });

  test('keeps text that looks like armor, and leaves out blanks at line ends, as Helm does', async () => {
    const signer = await readSecretKey(key.armor(), { at });
    const text = TEXT.replace(
      'name: app',
      'description: |\n  a \t\n\n  -----BEGIN PGP SIGNATURE-----\nname: app',
    );
    const provenance = await signer.clearsign(text, at);
    const result = await verify(provenance, [trust('own', await readKeyring(signer.publicBinary))]);
    expect(result.metadata?.description).toBe('a\n\n-----BEGIN PGP SIGNATURE-----\n');
  });

  test.each([
    ['no provenance', 'hello\n'],
    ['no files map', 'apiVersion: v2\nname: app\nversion: 1.2.3\n\n...\n'],
    ['two documents too many', `${TEXT}\n...\nfiles: {}\n`],
    ['an upper-case digest', signedTextFor({ 'app-1.2.3.tgz': ARCHIVE_DIGEST.toUpperCase() })],
    ['CRLF', TEXT.replaceAll('\n', '\r\n')],
    ['a lone surrogate', TEXT.replace('name: app', 'description: "\ud800"\nname: app')],
    ['a name that Helm does not look for', signedTextFor({ 'app-1.2.3.zip': ARCHIVE_DIGEST })],
  ])('is not %s', async (_, text) => {
    const signer = await readSecretKey(key.armor(), { at });
    await expect(signer.clearsign(text, at)).rejects.toMatchObject({ code: 'sign.self_check' });
  });

  test('is not signed once the key has expired', async () => {
    const short = await secretKey({ keyExpirationTime: 400 * 86_400 });
    const signer = await readSecretKey(short.armor(), { at });
    const end = Number(MADE) + 400 * 86_400_000;
    expect(signer.expiresAt).toBe(end);
    await expect(signer.clearsign(TEXT, end - 1000)).resolves.toContain('SIGNATURE');
    await expect(signer.clearsign(TEXT, end)).rejects.toMatchObject({ code: 'sign.key_unusable' });
  });
});

describe('what signs', () => {
  const chosen = async (key: PrivateKey) => (await readSecretKey(key.armor(), { at })).signsWith;

  test('an RSA primary key that may, though a subkey may too', async () => {
    const key = await secretKey({
      type: 'rsa',
      rsaBits: 3072,
      subkeys: [{ type: 'ecc', curve: 'nistP256', sign: true }],
    });
    expect(await chosen(key)).toMatchObject({ primary: true, algorithm: 'RSA-3072' });
  });

  test('else the newest subkey that may', async () => {
    const key = await secretKey({
      subkeys: [
        { sign: true, date: new Date('2026-02-01') },
        { sign: true, date: new Date('2026-04-01') },
        { sign: false, date: new Date('2026-05-01') },
        { sign: true, date: new Date('2026-06-01'), keyExpirationTime: 86_400 },
      ],
    });
    expect(await chosen(key)).toMatchObject({
      primary: false,
      keyId: upper(key.subkeys[1]!.getKeyID().toHex()),
    });
  });

  test('a subkey where the primary key only certifies', async () => {
    const key = await certifyOnly(await secretKey({ subkeys: [{ sign: true }] }));
    expect(await chosen(key)).toMatchObject({ primary: false });
  });

  test('a subkey where the secret of the primary key is kept elsewhere', async () => {
    const key = await withoutPrimarySecret(await secretKey({ subkeys: [{ sign: true }] }));
    expect(await chosen(key)).toMatchObject({ primary: false });
  });
});

describe('the passphrase', () => {
  let armored: string;
  beforeAll(async () => {
    armored = (await secretKey({ passphrase: 'correct horse' })).armor();
  });

  test.each([
    ['as it is', 'correct horse'],
    ['with a line end', 'correct horse\n'],
    ['with CRLF', 'correct horse\r\n'],
  ])('opens the key %s', async (_, passphrase) => {
    const signer = await readSecretKey(armored, { at, passphrase });
    await expect(signer.clearsign(TEXT, at)).resolves.toContain('SIGNATURE');
  });

  test.each([
    ['missing', undefined, /none was given/],
    ['empty', '', /none was given/],
    ['wrong', 'battery staple', /does not open/],
  ])('%s: refused, with what to do about it', async (_, passphrase, message) => {
    const reading = readSecretKey(armored, { at, passphrase });
    await expect(reading).rejects.toMatchObject({
      code: 'sign.key_unusable',
      message: expect.stringMatching(message),
      help: expect.stringContaining('the secret that holds it'),
    });
  });
});

describe('a key is refused at start, with the reason', () => {
  const cases: [string, () => Promise<string>, RegExp][] = [
    [
      'certify-only',
      async () => (await certifyOnly(await secretKey())).armor(),
      /primary key 0x\w+: is not marked for signing/,
    ],
    [
      'expired',
      async () => (await secretKey({ keyExpirationTime: 86_400 })).armor(),
      /expired at 2026-01-02T/,
    ],
    ['not yet made', async () => (await secretKey({ date: new Date(at + 60_000) })).armor(), /is to come/],
    [
      'RSA-2048',
      async () => (await secretKey({ type: 'rsa', rsaBits: 2048 })).armor(),
      /RSA of 2048 bits; to sign takes 3072/,
    ],
    [
      'Ed25519',
      async () => (await secretKey({ type: 'curve25519' })).armor(),
      /Helm up to 3\.21\.3 cannot load/,
    ],
    [
      'Ed25519 of the older kind',
      async () => (await secretKey({ type: 'ecc', curve: 'ed25519Legacy' })).armor(),
      /Helm up to 3\.21\.3 cannot load/,
    ],
    [
      'an Ed25519 subkey',
      async () => (await secretKey({ subkeys: [{ type: 'curve25519', sign: true }] })).armor(),
      /Helm up to 3\.21\.3 cannot load/,
    ],
    [
      'revoked',
      async () =>
        (await revokeKey({ key: await secretKey(), date: MADE, format: 'object' })).privateKey!.armor(),
      /revoked/,
    ],
    [
      'no secret',
      async () => (await withoutPrimarySecret(await secretKey())).armor(),
      /its secret half is not in the file/,
    ],
    ['public', async () => (await secretKey()).toPublic().armor(), /is a public key/],
    [
      'two keys',
      async () => `${(await secretKey()).armor()}\n${(await secretKey()).armor()}`,
      /more than one key/,
    ],
    [
      'damaged',
      async () => (await secretKey()).armor().replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
      /damaged/,
    ],
    ['empty', async () => '', /no armored OpenPGP secret key/],
    ['something else', async () => '-----BEGIN OPENSSH PRIVATE KEY-----', /no armored OpenPGP secret key/],
    ['endless', async () => 'A'.repeat(70_000), /longer than any/],
    ['halves of two keys', mismatched, /trial signature|does not sign/],
  ];
  test.each(cases)('%s', async (_, make, message) => {
    const reading = readSecretKey(await make(), { at });
    await expect(reading).rejects.toMatchObject({
      code: 'sign.key_unusable',
      message: expect.stringMatching(message),
    });
  });

  test.each(['curve25519', 'ecc'] as const)(
    'Ed25519 (%s) may sign for newer Helm only, if that is said',
    async (type) => {
      const key = await secretKey({ type, ...(type === 'ecc' ? { curve: 'ed25519Legacy' } : {}) });
      const signer = await readSecretKey(key.armor(), { at, helm: 'current' });
      expect(signer.helmOld).toBe(false);
      await expect(signer.clearsign(TEXT, at)).resolves.toContain('SIGNATURE');
    },
  );
});

async function mismatched(): Promise<string> {
  const [own, other] = [await secretKey(), await secretKey()];
  const packet = own.keyPacket as unknown as { privateParams: object };
  packet.privateParams = (other.keyPacket as unknown as { privateParams: object }).privateParams;
  return (await readPrivateKey({ binaryKey: own.write() })).armor();
}
