import { readKey, readPrivateKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { generateKey, readSecretKey } from '../../src/provenance/index.ts';
import { NOW, signedTextFor } from '../support/signing.ts';

const userId = 'Release Team <release@example.com>';

describe('generateKey', () => {
  test('makes RSA-4096 that fits a Worker secret of 5 KB', async () => {
    const made = await generateKey({ userId, at: NOW, passphrase: 'correct horse' });
    expect(made.secretBytes).toBe(made.secretArmored.length);
    expect(made.secretBytes).toBeLessThan(4000);
    const signer = await readSecretKey(made.secretArmored, { at: NOW, passphrase: 'correct horse' });
    expect(signer).toMatchObject({
      fingerprint: made.fingerprint,
      signsWith: { algorithm: 'RSA-4096', primary: true },
      helmOld: true,
      expiresAt: undefined,
    });
    await expect(signer.clearsign(signedTextFor(), NOW)).resolves.toContain('SIGNATURE');
  });

  test('makes NIST P-256, certifying and signing, without subkeys', async () => {
    const made = await generateKey({ userId, at: NOW, type: 'p256' });
    expect(made.secretBytes).toBeLessThan(900);
    const key = await readKey({ armoredKey: made.publicArmored });
    expect(key.isPrivate()).toBe(false);
    expect(key.subkeys).toEqual([]);
    expect([...(key.users[0]!.selfCertifications[0]!.keyFlags ?? [])]).toEqual([0x03]);
    expect(key.getFingerprint().toUpperCase()).toBe(made.fingerprint);
    expect(Buffer.from(key.write()).equals(made.publicBinary)).toBe(true);
  });

  test('protects the secret half with the passphrase only if there is one', async () => {
    const plain = await generateKey({ userId, at: NOW, type: 'p256', passphrase: '' });
    expect((await readPrivateKey({ armoredKey: plain.secretArmored })).isDecrypted()).toBe(true);
    const safe = await generateKey({ userId, at: NOW, type: 'p256', passphrase: 'x' });
    expect((await readPrivateKey({ armoredKey: safe.secretArmored })).isDecrypted()).toBe(false);
  });

  test('expires when asked to', async () => {
    const expiresAt = NOW + 86_400_000;
    const made = await generateKey({ userId, at: NOW, type: 'p256', expiresAt });
    expect((await readSecretKey(made.secretArmored, { at: NOW })).expiresAt).toBe(expiresAt);
  });

  test.each([
    ['now', NOW],
    ['before', NOW - 1000],
    ['beyond what a key can hold', NOW + 2 ** 33 * 1000],
    ['no time', Number.NaN],
  ])('does not expire %s', async (_, expiresAt) => {
    const making = generateKey({ userId, at: NOW, type: 'p256', expiresAt });
    await expect(making).rejects.toMatchObject({ code: 'sign.key_unusable' });
  });

  test('gives the certificate that takes the key back', async () => {
    const made = await generateKey({ userId, at: NOW, type: 'p256' });
    expect(made.revocation).toContain('-----BEGIN PGP PUBLIC KEY BLOCK-----');
    expect(made.revocation).not.toContain('\r');
  });
});

describe('the user id of a new key', () => {
  const of = async (text: string) => (await generateKey({ userId: text, at: NOW, type: 'p256' })).userId;

  test.each([
    ['Release Team <release@example.com>', 'Release Team <release@example.com>'],
    ['  Release \t\n Team  <release@example.com> ', 'Release Team <release@example.com>'],
    ['Release Team', 'Release Team'],
    ['Équipe (charts) <é@example.com>', 'Équipe (charts) <é@example.com>'],
    ['<release@example.com>', '<release@example.com>'],
    ['release@example.com', '<release@example.com>'],
    ['Rele\u202ease\u0007 \u001b[31mTeam', 'Release [31mTeam'],
    ['e\u0301', 'é'],
  ])('%j', async (given, made) => {
    expect(await of(given)).toBe(made);
  });

  test.each(['', ' \n', '\u200b', 'x'.repeat(201), 'A <b', 'A <not an address>', 'A <b@c d>', 'A <b@c> D'])(
    'not %j',
    async (given) => {
      await expect(of(given)).rejects.toMatchObject({ code: 'usage.invalid' });
    },
  );
});
