import { inspect } from 'node:util';
import type { PrivateKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { readSecretKey } from '../../src/provenance/index.ts';
import { at, certifyOnly, secretKey } from '../support/secret-keys.ts';
import { signedTextFor } from '../support/signing.ts';

/** Whatever is wrong with a secret key, no message, stack or cause holds a part of it or of its passphrase. */

const PASSPHRASE = 'correct horse battery staple';

/** Every run of 16 characters of the armor, and the secret numbers in hex and base64. */
function secretsOf(armored: string, key?: PrivateKey): string[] {
  const lines = armored.split('\n').filter((line) => /^[A-Za-z0-9+/]{30,}/.test(line));
  const numbers = Object.values(
    (key?.keyPacket as unknown as { privateParams: object } | undefined)?.privateParams ?? {},
  );
  const bytes = numbers
    .filter((number): number is Uint8Array => number instanceof Uint8Array)
    .map((n) => Buffer.from(n));
  return [
    PASSPHRASE,
    ...lines.flatMap((line) => [line.slice(0, 16), line.slice(-16)]),
    ...bytes.flatMap((n) => [n.toString('hex'), n.toString('base64'), n.toString('base64url')]),
  ];
}

function expectNone(told: string, secrets: string[]): void {
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
}

describe('a secret key that is refused is not told', () => {
  const damaged = (armored: string, change: (lines: string[]) => void) => {
    const lines = armored.split('\n');
    change(lines);
    return lines.join('\n');
  };
  const cases: [string, () => Promise<string>][] = [
    ['wrong passphrase', async () => (await secretKey({ passphrase: 'other' })).armor()],
    ['certify-only', async () => (await certifyOnly(await secretKey())).armor()],
    ['Ed25519', async () => (await secretKey({ type: 'curve25519' })).armor()],
    ['expired', async () => (await secretKey({ keyExpirationTime: 1 })).armor()],
    ['a line lost', async () => damaged((await secretKey()).armor(), (lines) => lines.splice(4, 1))],
    ['lines swapped', async () => damaged((await secretKey()).armor(), (l) => l.splice(3, 2, l[4]!, l[3]!))],
    ['no blank line', async () => damaged((await secretKey()).armor(), (lines) => lines.splice(1, 1))],
    ['no end', async () => damaged((await secretKey()).armor(), (lines) => lines.splice(-2))],
    [
      'a label that is longer',
      async () => (await secretKey()).armor().replaceAll('KEY BLOCK', 'KEY BLOCK X'),
    ],
    ['one line', async () => (await secretKey()).armor().replaceAll('\n', ' ')],
    ['escaped line ends', async () => (await secretKey()).armor().replaceAll('\n', '\\n')],
    [
      'letters changed',
      async () => damaged((await secretKey()).armor(), (l) => l.splice(4, 1, l[4]!.toLowerCase())),
    ],
  ];

  test.each(cases)('%s', async (_, make) => {
    const armored = await make();
    const error = await readSecretKey(armored, { at, passphrase: PASSPHRASE }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ChartsealError);
    expect(error).toMatchObject({ code: 'sign.key_unusable' });
    expectNone(inspect(error, { depth: 10, showHidden: true }), secretsOf(armored));
  });
});

test('a secret key that is in use is not told by its signer', async () => {
  const key = await secretKey();
  const signer = await readSecretKey(key.armor(), { at, passphrase: PASSPHRASE });
  const secrets = secretsOf(key.armor(), key).filter((secret) => !signer.publicArmored.includes(secret));
  const told = `${inspect(signer, { depth: 12, showHidden: true })} ${bytesIn(signer).join(' ')}`;
  expect(told).toContain(Buffer.from(signer.publicBinary).toString('hex'));
  expectNone(told, secrets);
  const error = await signer.clearsign('nothing\n', at).catch((reason: unknown) => reason);
  expectNone(inspect(error, { depth: 12, showHidden: true }), secrets);
  expectNone(await signer.clearsign(signedTextFor(), at), secrets);
});

/** All bytes that can be reached from an object, in hex. */
function bytesIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (value === null || typeof value !== 'object' || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('hex')];
  return Reflect.ownKeys(value).flatMap((name) => bytesIn(Reflect.get(value, name), seen));
}
