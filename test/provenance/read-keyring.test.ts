import { beforeAll, describe, expect, test } from 'vitest';
import type { ChartsealError } from '../../src/base/error.ts';
import { readKeyring } from '../../src/provenance/index.ts';
import { makeKey, type TestKey } from '../support/signing.ts';

const bytes = (...parts: (string | Uint8Array)[]) =>
  Uint8Array.from(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)))),
  );

describe('readKeyring', () => {
  let alice: TestKey;
  let bob: TestKey;
  beforeAll(async () => {
    alice = await makeKey({ name: 'Alice' });
    bob = await makeKey({ name: 'Bob', subkeys: [{ sign: true }] });
  });
  const armored = (key: TestKey) => key.publicKey.armor();
  const binary = (key: TestKey) => key.publicKey.write();
  const read = async (...parts: (string | Uint8Array)[]) => {
    const { keys, form } = await readKeyring(bytes(...parts));
    return { form, keys: keys.map(({ fingerprint }) => fingerprint) };
  };
  const refusal = (input: Uint8Array, fingerprints?: string[]): Promise<ChartsealError> =>
    readKeyring(input, { fingerprints }).then(
      () => expect.fail('it was accepted'),
      (error) => error,
    );

  test('binary, armored, one after another, mixed, with text between', async () => {
    const both = [alice.fingerprint, bob.fingerprint];
    expect(await read(binary(alice), binary(bob))).toEqual({ form: 'binary', keys: both });
    expect(await read(armored(alice), armored(bob))).toEqual({ form: 'armored', keys: both });
    expect(await read('The keys of\nthe team:\n\n', armored(alice), '\n# Bob\n', armored(bob))).toEqual({
      form: 'armored',
      keys: both,
    });
    expect(await read(armored(alice), binary(bob))).toEqual({ form: 'mixed', keys: both });
    expect(await read(binary(alice), '\n', armored(bob))).toEqual({ form: 'mixed', keys: both });
    expect(await read('\ufeff', armored(alice).replaceAll('\n', '\r\n'))).toEqual({
      form: 'armored',
      keys: [alice.fingerprint],
    });
  });

  test('fingerprints select; unknown ones and those of subkeys are named', async () => {
    const all = bytes(armored(alice), armored(bob));
    const spaced = bob.fingerprint.toLowerCase().replace(/(.{4})/g, '$1 ');
    const { keys, certificates } = await readKeyring(all, { fingerprints: [spaced] });
    expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([bob.fingerprint]);
    expect(certificates).toHaveLength(1);
    const unknown = 'F'.repeat(40);
    expect(await refusal(all, [unknown])).toMatchObject({
      code: 'keyring.invalid',
      message: expect.stringContaining(unknown),
    });
    const subkey = bob.publicKey.subkeys[0]!.getFingerprint().toUpperCase();
    expect(await refusal(all, [subkey])).toMatchObject({
      code: 'keyring.invalid',
      message: `${subkey} is a subkey; name its primary key, ${bob.fingerprint}`,
    });
  });

  test('a keybox is named, with the command that exports', async () => {
    const keybox = new Uint8Array(64);
    keybox.set([0, 0, 0, 32, 1, 1, 0, 2, 0x4b, 0x42, 0x58, 0x66]);
    const error = await refusal(keybox);
    expect(error.message).toContain('keybox');
    expect(error.help).toContain('gpg --export');
  });

  test('private keys are refused and not echoed', async () => {
    for (const secret of [alice.privateKey.armor(), alice.privateKey.write()]) {
      const error = await refusal(bytes(armored(bob), secret));
      expect(error.code).toBe('keyring.invalid');
      expect(error.message).toContain('private key');
      expect(error.message.length + error.help.length).toBeLessThan(250);
    }
  });

  test.each<[string, Uint8Array]>([
    ['text', bytes('hello')],
    ['nothing', new Uint8Array()],
    ['UTF-16', bytes('\ufeff').fill(0xff, 0, 1).fill(0xfe, 1, 2)],
    ['random bytes', Uint8Array.from({ length: 200 }, (_, i) => 128 + ((i * 37) % 128))],
  ])('%s is no keyring', async (_, input) => {
    expect((await refusal(input)).code).toBe('keyring.invalid');
  });

  test('a truncated file, a message, a signature', async () => {
    expect((await refusal(binary(alice).slice(0, -5))).code).toBe('keyring.invalid');
    expect((await refusal(bytes(armored(alice).slice(0, 200)))).code).toBe('keyring.invalid');
    const other = armored(alice).replaceAll('PUBLIC KEY BLOCK', 'SIGNATURE');
    expect((await refusal(bytes(other))).message).toContain('PGP SIGNATURE');
  });

  test('a key that cannot be read does not hide the others, and is stated', async () => {
    // A key packet of version 3.
    const old = Uint8Array.of(0xc6, 10, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0);
    const keyring = await readKeyring(bytes(old, binary(alice)));
    expect(keyring.keys.map(({ keyId }) => keyId)).toEqual([alice.keyId]);
    expect(keyring.unusable).toHaveLength(1);
    expect(keyring.unusable[0]).toContain('key 1 of the file');
    expect(keyring.certificates).toHaveLength(2);
    expect((await refusal(old)).code).toBe('keyring.empty');
  });
});
