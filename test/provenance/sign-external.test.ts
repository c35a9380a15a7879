import { createPublicKey, type KeyObject } from 'node:crypto';
import { readKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import {
  type DigestSign,
  externalSigner,
  makeCertificate,
  predictHelm,
  readKeyring,
} from '../../src/provenance/index.ts';
import { secretKey } from '../support/secret-keys.ts';
import { ARCHIVE_DIGEST, NOW, outcomeOf, signedTextFor, trust, verify } from '../support/signing.ts';
import { pair, signDigest } from '../support/transit.ts';

const userId = 'Release Team <release@example.com>';
const spkiOf = (key: KeyObject) => Uint8Array.from(key.export({ type: 'spki', format: 'der' }) as Buffer);
const signWith =
  (key: KeyObject): DigestSign =>
  async ({ digest, hash }) => {
    expect([hash, digest.length]).toEqual(['sha512', 64]);
    return signDigest(key, digest);
  };

describe.each(['rsa-3072', 'ecdsa-p256'] as const)('a key elsewhere: %s', (type) => {
  const { publicKey, privateKey } = pair(type);
  const certificate = {
    spki: spkiOf(publicKey),
    created: NOW - 5000,
    userId,
    at: NOW,
    sign: signWith(privateKey),
  };

  test('gets a certificate that binds its user id, and signs what everybody accepts', async () => {
    const made = await makeCertificate(certificate);
    const signer = await externalSigner({
      publicKey: new TextEncoder().encode(made.publicArmored),
      at: NOW,
      sign: certificate.sign,
    });
    expect(signer).toMatchObject({ fingerprint: made.fingerprint, userIds: [userId], helmOld: true });
    const provenance = await signer.clearsign(signedTextFor(), NOW);
    const keyring = await readKeyring(made.publicBinary);
    expect(outcomeOf(await verify(provenance, [trust('own', keyring)]))).toEqual({
      state: 'held',
      codes: [],
    });
    const clients = await predictHelm({
      source: { kind: 'file', fileName: 'app-1.2.3.tgz' },
      provenance: new TextEncoder().encode(provenance),
      keyrings: [keyring],
      archiveDigest: ARCHIVE_DIGEST,
      now: NOW,
    });
    expect(clients.map(({ message }) => message)).toEqual(['', '', '']);
  });

  test('has the same fingerprint when its certificate is made again', async () => {
    const expiresAt = NOW + 86_400_000;
    const [first, second] = [
      await makeCertificate(certificate),
      await makeCertificate({ ...certificate, at: NOW + 1000, expiresAt, userId: 'Other' }),
    ];
    expect(second.fingerprint).toBe(first.fingerprint);
    const key = await readKey({ binaryKey: second.publicBinary });
    expect(Number(await key.getExpirationTime())).toBe(expiresAt);
    expect([...(key.users[0]!.selfCertifications[0]!.keyFlags ?? [])]).toEqual([0x03]);
  });

  test('may be dated by a clock that is a little ahead', async () => {
    await expect(makeCertificate({ ...certificate, created: NOW + 2500 })).resolves.toBeDefined();
  });

  test('gets no certificate when another key signs', async () => {
    const making = makeCertificate({ ...certificate, sign: signWith(pair(type).privateKey) });
    await expect(making).rejects.toMatchObject({ code: 'sign.signer_refused', retryable: false });
  });

  test('signs nothing when another key signs', async () => {
    const { publicBinary } = await makeCertificate(certificate);
    const sign = signWith(pair(type).privateKey);
    const signer = await externalSigner({ publicKey: publicBinary, at: NOW, sign });
    await expect(signer.clearsign(signedTextFor(), NOW)).rejects.toMatchObject({
      code: 'sign.signer_refused',
      message: expect.stringContaining('another key than that of the certificate'),
    });
  });

  test.each([
    ['nothing', () => new Uint8Array()],
    ['zeros', () => new Uint8Array(type === 'rsa-3072' ? 384 : 70)],
    ['one byte less', (good: Uint8Array) => good.slice(0, -1)],
    ['one byte more', (good: Uint8Array) => Uint8Array.of(...good, 0)],
    ['a flipped bit', (good: Uint8Array) => good.with(-1, good.at(-1)! ^ 1)],
    ['much', () => new Uint8Array(100_000).fill(0x30)],
  ])('whose signer answers %s: refused', async (_, spoil) => {
    const { publicBinary } = await makeCertificate(certificate);
    const sign: DigestSign = async (input) => spoil(Uint8Array.from(await certificate.sign(input)));
    const signer = await externalSigner({ publicKey: publicBinary, at: NOW, sign });
    await expect(signer.clearsign(signedTextFor(), NOW)).rejects.toMatchObject({
      code: 'sign.signer_refused',
    });
  });
});

describe('an ECDSA signature in another form than DER', () => {
  const { publicKey, privateKey } = pair('ecdsa-p256');
  const int = (...bytes: number[]) => [2, bytes.length, ...bytes];
  const seq = (...body: number[]) => Uint8Array.of(0x30, body.length, ...body);

  test.each([
    ['raw', new Uint8Array(64).fill(1)],
    ['a negative number', seq(...int(0x80), ...int(1))],
    ['three numbers', seq(...int(1), ...int(1), ...int(1))],
    ['one number', seq(...int(1))],
    ['a zero', seq(...int(0), ...int(1))],
    ['an empty number', seq(2, 0, ...int(1))],
    ['a number too long', seq(...int(...new Array(33).fill(1)), ...int(1))],
    ['another type', seq(4, 1, 1, ...int(1))],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, ...int(1), ...int(1), 0, 0)],
  ])('%s: refused', async (_, raw) => {
    const { publicBinary } = await makeCertificate({
      spki: spkiOf(publicKey),
      created: NOW,
      userId,
      at: NOW,
      sign: signWith(privateKey),
    });
    const signer = await externalSigner({ publicKey: publicBinary, at: NOW, sign: async () => raw });
    await expect(signer.clearsign(signedTextFor(), NOW)).rejects.toMatchObject({
      code: 'sign.signer_refused',
      message: expect.stringContaining('no pair of numbers in DER'),
    });
  });
});

describe('certificates that no signer is made of', () => {
  const sign: DigestSign = async () => new Uint8Array();
  const make = (publicKey: Uint8Array) => externalSigner({ publicKey, at: NOW, sign });

  test('two keys', async () => {
    const both = Buffer.concat([
      (await secretKey()).toPublic().write(),
      (await secretKey()).toPublic().write(),
    ]);
    await expect(make(Uint8Array.from(both))).rejects.toMatchObject({
      code: 'sign.key_unusable',
      message: expect.stringContaining('holds 2 keys'),
    });
  });

  test('Ed25519, whatever Helm', async () => {
    const key = (await secretKey({ type: 'curve25519' })).toPublic().write();
    const making = externalSigner({ publicKey: key, at: NOW, sign, helm: 'current' });
    await expect(making).rejects.toMatchObject({ code: 'sign.key_unusable' });
  });

  test('a secret key', async () => {
    await expect(make((await secretKey()).write())).rejects.toMatchObject({ code: 'keyring.invalid' });
  });

  test.each(['rsa-2048', 'ed25519'])('for %s none is made', async (type) => {
    const { publicKey, privateKey } = pair(type);
    const spki = spkiOf(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })));
    const making = makeCertificate({ spki, created: NOW, userId, at: NOW, sign: signWith(privateKey) });
    await expect(making).rejects.toMatchObject({ code: 'sign.key_unusable' });
  });
});
