import { describe, expect, test } from 'vitest';
import { readCosignKey } from '../../src/sigstore/index.ts';

/** An encrypted key says itself how much memory and time it takes to open it: only what cosign writes is believed. */

const GIVEN = { name: 'scrypt', params: { N: 65_536, r: 8, p: 1 }, salt: btoa('x'.repeat(32)) };
const SEALED = {
  kdf: GIVEN,
  cipher: { name: 'nacl/secretbox', nonce: btoa('n'.repeat(24)) },
  ciphertext: btoa('c'.repeat(150)),
};

function keyOf(sealed: unknown): string {
  const body = Buffer.from(typeof sealed === 'string' ? sealed : JSON.stringify(sealed)).toString('base64');
  return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${body}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
}

const withParams = (params: unknown) => ({ ...SEALED, kdf: { ...GIVEN, params } });

describe('an encrypted key is refused before anything is derived', () => {
  test.each<[string, unknown]>([
    ['N of 2^30', withParams({ N: 2 ** 30, r: 8, p: 1 })],
    ['r of a million', withParams({ N: 65_536, r: 1_000_000, p: 1 })],
    ['p of a million', withParams({ N: 65_536, r: 8, p: 1_000_000 })],
    ['N of 2, which protects nothing', withParams({ N: 2, r: 8, p: 1 })],
    ['N as text', withParams({ N: '65536', r: 8, p: 1 })],
    ['N negative', withParams({ N: -1, r: 8, p: 1 })],
    ['no parameters', withParams(undefined)],
    ['parameters null', withParams(null)],
    ['another derivation', { ...SEALED, kdf: { ...GIVEN, name: 'argon2id' } }],
    ['another cipher', { ...SEALED, cipher: { ...SEALED.cipher, name: 'none' } }],
    ['a salt without end', { ...SEALED, kdf: { ...GIVEN, salt: btoa('x'.repeat(5000)) } }],
    ['a short nonce', { ...SEALED, cipher: { ...SEALED.cipher, nonce: btoa('n') } }],
    ['a nonce that is a list', { ...SEALED, cipher: { ...SEALED.cipher, nonce: [1, 2] } }],
    ['no content', { ...SEALED, ciphertext: '' }],
    ['content that is no base64', { ...SEALED, ciphertext: '%%%' }],
    ['null', null],
    ['a list', []],
    ['no JSON', 'salt'],
  ])('%s', async (_, sealed) => {
    // Were anything derived, the reason would be that the passphrase does not open it.
    await expect(readCosignKey(keyOf(sealed), { passphrase: 'x' })).rejects.toMatchObject({
      code: 'sign.cosign_key_unusable',
      message: expect.stringMatching(/scrypt parameters|damaged|encrypted in another way/),
    });
  });

  test('what opens to something else than a key is refused too', async () => {
    await expect(readCosignKey(keyOf(SEALED), { passphrase: 'x' })).rejects.toMatchObject({
      code: 'sign.cosign_key_unusable',
      message: 'the passphrase does not open the key',
    });
  });
});
