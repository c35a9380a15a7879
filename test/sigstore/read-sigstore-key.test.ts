import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSigstoreKey } from '../../src/sigstore/index.ts';
import { createFakeKey, createFakeSigstore, toPem } from '../support/sigstore/index.ts';

const refused = (bytes: Uint8Array | string) =>
  readSigstoreKey(Buffer.from(bytes as string)).then(
    () => 'taken',
    ({ code, message }) => `${code}: ${message}`,
  );

describe('readSigstoreKey', () => {
  it.each([
    ['p256', 'ECDSA P-256'],
    ['p384', 'ECDSA P-384'],
    ['p521', 'ECDSA P-521'],
    ['rsa2048', 'RSA-2048'],
    ['rsa4096', 'RSA-4096'],
    ['ed25519', 'Ed25519'],
  ] as const)('takes %s as PEM and as DER', async (type, algorithm) => {
    const key = createFakeKey(type);
    for (const bytes of [
      Buffer.from(key.publicKeyPem),
      key.spki,
      Buffer.from(`a comment\r\n${key.publicKeyPem}\n`),
    ]) {
      const read = await readSigstoreKey(bytes);
      expect(read).toMatchObject({ algorithm, fingerprint: key.fingerprint, hint: key.hint });
      expect(Buffer.from(read.spki)).toEqual(key.spki);
      const digest = createHash('sha256').update(read.spki).digest('hex').toUpperCase();
      expect(read.fingerprint).toBe(digest);
    }
  });

  it('refuses a private key without showing it', async () => {
    const { privateKey } = createFakeKey();
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const message = await refused(pem);
    expect(message).toMatch(/^sigstore.key_invalid: .*private key/);
    expect(message).not.toContain(pem.split('\n')[1]);
    for (const label of ['ENCRYPTED SIGSTORE PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY']) {
      expect(await refused(toPem(Buffer.from('secret'), label))).toMatch(/private key/);
    }
    expect(await refused(privateKey.export({ format: 'der', type: 'pkcs8' }))).toMatch(
      /^sigstore.key_invalid/,
    );
  });

  it('refuses certificates, several keys, other blocks, and what is no key', async () => {
    const { publicKeyPem, spki } = createFakeKey();
    const { authority } = createFakeSigstore();
    expect(await refused(authority.root.pem)).toMatch(/it is a certificate/);
    expect(await refused(authority.root.der)).toMatch(/^sigstore.key_invalid/);
    expect(await refused(publicKeyPem + publicKeyPem)).toMatch(/2 PEM blocks/);
    expect(await refused(toPem(spki, 'RSA PUBLIC KEY'))).toMatch(/RSA PUBLIC KEY/);
    const armored =
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\nAAAA\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n';
    expect(await refused(armored)).toMatch(/"PGP PUBLIC KEY BLOCK", not "PUBLIC KEY"/);
    expect(await refused('-----BEGIN PUBLIC KEY-----\n')).toMatch(/damaged or not whole/);
    expect(await refused(publicKeyPem.replace(/=?\n-----END/, '!\n-----END'))).toMatch(
      /damaged or not whole/,
    );
    expect(await refused('')).toMatch(/^sigstore.key_invalid/);
    expect(await refused('hello')).toMatch(/^sigstore.key_invalid/);
    expect(await refused(Buffer.concat([spki, Buffer.from([0])]))).toMatch(/^sigstore.key_invalid/);
    expect(await refused(new Uint8Array(70_000))).toMatch(/larger than/);
  });

  it('refuses kinds that signatures are not checked with', async () => {
    const der = (key: { publicKey: { export(options: object): unknown } }) =>
      key.publicKey.export({ format: 'der', type: 'spki' }) as Buffer;
    expect(await refused(der(generateKeyPairSync('rsa', { modulusLength: 1024 })))).toMatch(/1024 bits/);
    expect(await refused(der(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })))).toMatch(
      /elliptic curve/,
    );
    expect(await refused(der(generateKeyPairSync('ed448')))).toMatch(/ed448/);
    expect(await refused(der(generateKeyPairSync('x25519')))).toMatch(/x25519/);
    const rsa = (n: Buffer, e: string) =>
      createPublicKey({ key: { kty: 'RSA', n: n.toString('base64url'), e }, format: 'jwk' });
    // With an exponent of 1 anything is its own signature; one bit more than the largest key takes longer than it is worth.
    expect(await refused(der({ publicKey: rsa(Buffer.alloc(256, 0xff), 'AQ') }))).toMatch(/exponent below 3/);
    expect(await refused(der({ publicKey: rsa(Buffer.alloc(1025, 0xff), 'AQAB') }))).toMatch(/8200 bits/);
    expect(await refused(der(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })))).toMatch(/rsa-pss/);
  });
});
