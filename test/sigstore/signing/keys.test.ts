import { createPrivateKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generateCosignKey, readCosignKey, readSigstoreKey } from '../../../src/sigstore/index.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/cosign-keys', import.meta.url));
const PASSPHRASE = 'correct horse';
const file = (name: string) => readFile(`${FOLDER}/${name}`, 'utf8');
const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  key.export({ type: type as 'pkcs8', format: 'pem' }) as string;
const unusable = { code: 'sign.cosign_key_unusable', retryable: false };
const words = Buffer.from('some words');

describe('a key that cosign made', () => {
  test.each([
    ['p256', 'ECDSA P-256', 'sha256'],
    ['p384', 'ECDSA P-384', 'sha384'],
    ['p521', 'ECDSA P-521', 'sha512'],
    ['rsa4096', 'RSA-4096', 'sha256'],
    ['ed25519', 'Ed25519', undefined],
  ])('%s is opened by its passphrase and signs for its public half', async (name, algorithm, hash) => {
    const key = await readCosignKey(await file(`${name}.key`), { passphrase: PASSPHRASE });
    const published = await file(`${name}.pub`);
    expect(key.publicPem).toBe(published);
    expect(key.public).toMatchObject({ algorithm });
    const { fingerprint, hint } = await readSigstoreKey(Buffer.from(published));
    expect(key.public).toMatchObject({ fingerprint, hint });
    expect(verify(hash, words, published, await key.sign(words))).toBe(true);
  });

  test('is opened though its passphrase came with a line end, as from a file', async () => {
    const text = await file('p256.key');
    for (const passphrase of [`${PASSPHRASE}\n`, `${PASSPHRASE}\r\n`]) {
      expect((await readCosignKey(text, { passphrase })).public.algorithm).toBe('ECDSA P-256');
    }
  });

  test('without a passphrase is opened without one', async () => {
    const key = await readCosignKey(await file('no-passphrase.key'));
    expect(key.publicPem).toBe(await file('no-passphrase.pub'));
  });

  test('of the time when it was called COSIGN is read too', async () => {
    const text = (await file('p256.key')).replaceAll('SIGSTORE', 'COSIGN');
    expect((await readCosignKey(text, { passphrase: PASSPHRASE })).publicPem).toBe(await file('p256.pub'));
  });

  test('is read though its line ends became blanks on the way', async () => {
    const text = (await file('p256.key')).replaceAll('\n', ' ');
    expect((await readCosignKey(text, { passphrase: PASSPHRASE })).publicPem).toBe(await file('p256.pub'));
  });

  test('is not opened by another passphrase', async () => {
    await expect(readCosignKey(await file('p256.key'), { passphrase: 'wrong' })).rejects.toMatchObject({
      ...unusable,
      message: 'the passphrase does not open the key',
    });
  });

  test('is not opened without one, and the help says where to give it', async () => {
    await expect(readCosignKey(await file('p256.key'))).rejects.toMatchObject({
      ...unusable,
      message: 'the key is protected by a passphrase, and none was given',
      help: expect.stringContaining('COSIGN_PASSWORD'),
    });
  });
});

describe('a plain key', () => {
  test('is the same in PKCS#8 and in SEC 1, with the parameters that OpenSSL puts before it', async () => {
    const [a, b] = [
      await readCosignKey(await file('plain-pkcs8.pem')),
      await readCosignKey(await file('plain-sec1.pem')),
    ];
    expect(a.public.fingerprint).toBe(b.public.fingerprint);
  });

  test.each([2048, 3072])('RSA of %i bits is read, in PKCS#1 too', async (modulusLength) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      expect((await readCosignKey(pem(privateKey, type))).public.algorithm).toBe(`RSA-${modulusLength}`);
    }
  });

  test('needs no passphrase, and one that is there is left alone', async () => {
    const key = await readCosignKey(await file('plain-pkcs8.pem'), { passphrase: 'whatever' });
    expect(key.public.algorithm).toBe('ECDSA P-256');
  });
});

describe('refused, with the reason:', () => {
  const rsa = (modulusLength: number, publicExponent = 65_537) =>
    pem(generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey);
  test.each<[string, () => Promise<string> | string, RegExp]>([
    ['nothing', () => '', /no PEM file/],
    ['no PEM', () => 'hunter2', /no PEM file/],
    ['line ends written as \\n', async () => (await file('p256.key')).replaceAll('\n', '\\n'), /no PEM file/],
    ['the end is lost', async () => (await file('p256.key')).slice(0, -30), /no PEM file/],
    ['two keys', async () => (await file('p256.key')) + (await file('p384.key')), /more than one/],
    ['the public half', () => file('p256.pub'), /kind "PUBLIC KEY"/],
    ['encrypted by OpenSSL', () => file('openssl-encrypted.pem'), /kind "ENCRYPTED PRIVATE KEY"/],
    [
      'an OpenPGP key',
      () => '-----BEGIN PGP PRIVATE KEY BLOCK-----\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n',
      /key of PGP/,
    ],
    [
      'without end',
      () => `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(100_000)}\n-----END PRIVATE KEY-----\n`,
      /longer/,
    ],
    ['damaged', () => '-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n', /damaged/],
    ['RSA of 1024 bits', () => rsa(1024), /1024 bits/],
    ['RSA of 2056 bits, which sigstore has no name for', () => rsa(2056), /2056 bits/],
    ['RSA with the exponent 3', () => rsa(2048, 3), /exponent 3/],
    ['secp256k1', () => pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey), /secp256k1/],
    ['X25519, which does not sign', () => pem(generateKeyPairSync('x25519').privateKey), /x25519/],
    ['RSA-PSS', () => pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey), /rsa-pss/],
    ['Ed448', () => pem(generateKeyPairSync('ed448').privateKey), /ed448/],
  ])('%s', async (_, make, why) => {
    const error = await readCosignKey(await make(), { passphrase: PASSPHRASE }).catch((reason) => reason);
    expect(error).toMatchObject(unusable);
    expect(error.message).toMatch(why);
  });

  test('halves that do not belong to each other', async () => {
    const [one, other] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const der = one!.export({ type: 'pkcs8', format: 'der' });
    const point = (key: KeyObject) =>
      createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' })).export({ format: 'jwk' });
    const bytes = ({ x, y }: { x?: string; y?: string }) =>
      Buffer.concat([Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
    const at = der.indexOf(bytes(point(one!)));
    bytes(point(other!)).copy(der, at);
    const text = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
    await expect(readCosignKey(text)).rejects.toMatchObject(unusable);
  });
});

describe('a key that is made here', () => {
  test('is opened by its passphrase alone, and has the form that cosign writes', async () => {
    const made = await generateCosignKey({ passphrase: 'päss wörd' });
    const key = await readCosignKey(made.privatePem, { passphrase: 'päss wörd' });
    expect(key.public).toMatchObject({ algorithm: 'ECDSA P-256', fingerprint: made.public.fingerprint });
    expect(key.publicPem).toBe(made.publicPem);
    await expect(readCosignKey(made.privatePem, { passphrase: 'pass word' })).rejects.toMatchObject(unusable);
    const [, body] =
      /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n((?:.{1,64}\n)+)-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n$/.exec(
        made.privatePem,
      )!;
    const theirs = (await file('p256.key')).split('\n').slice(1, -2).join('');
    const shape = (base64: string) =>
      JSON.parse(Buffer.from(base64, 'base64').toString(), (_, value) =>
        typeof value === 'string' ? value.length : value,
      );
    expect({ ...shape(body!), ciphertext: 0 }).toEqual({ ...shape(theirs), ciphertext: 0 });
  });

  test('is another each time', async () => {
    const [a, b] = [
      await generateCosignKey({ passphrase: 'x' }),
      await generateCosignKey({ passphrase: 'x' }),
    ];
    expect(a.public.fingerprint).not.toBe(b.public.fingerprint);
  });
});
