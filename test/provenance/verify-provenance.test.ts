import { enums, reformatKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ARCHIVE_DIGEST,
  clearsign,
  keyringOf,
  makeKey,
  NOW,
  outcomeOf,
  signedTextFor,
  type TestKey,
  trust,
  verify,
} from '../support/signing.ts';

const YEAR = 365 * 24 * 3600;

describe('verifyProvenance', () => {
  let alice: TestKey;
  let bob: TestKey;
  beforeAll(async () => {
    alice = await makeKey({ name: 'Alice' });
    bob = await makeKey({ name: 'Bob\u202e' });
  });

  test('a good signature by a trusted key holds, and the signed text is shown', async () => {
    const text = signedTextFor();
    const result = await verify(await clearsign(text, alice), [trust('team', await keyringOf(alice))]);
    expect(result.outcomes).toEqual([
      { trust: 'team', state: 'held', identities: [alice.fingerprint], reasons: [] },
    ]);
    expect(result.signedText).toBe(text);
    expect(result.metadata).toMatchObject({ name: 'app', version: '1.2.3' });
    expect(result.files).toEqual({ 'app-1.2.3.tgz': ARCHIVE_DIGEST });
    const [evidence] = result.evidence;
    expect(evidence).toMatchObject({
      scheme: 'pgp',
      signer: { keyId: alice.keyId, fingerprint: alice.fingerprint },
      signedAt: '2026-02-01T00:00:00.000Z',
      trustedAs: ['team'],
    });
    expect(evidence?.checks.every(({ outcome }) => outcome === 'pass')).toBe(true);
  });

  test("a stranger's signature: the reason names the signer and whom the trust expects; no text is shown", async () => {
    const result = await verify(await clearsign(signedTextFor(), bob), [
      trust('release-team', await keyringOf(alice)),
    ]);
    expect(result.outcomes[0]?.reasons).toMatchObject([
      {
        code: 'pgp.untrusted_key',
        trust: 'release-team',
        message: `signed by 0x${bob.keyId}; release-team trusts 0x${alice.keyId}`,
      },
    ]);
    expect(result.signedText).toBeUndefined();
    expect(result.metadata).toBeUndefined();
    expect(result.evidence[0]?.signer).toEqual({ keyId: bob.keyId });
  });

  test('several signatures are each reported; each trust sees its own', async () => {
    const provenance = await clearsign(signedTextFor(), [alice, bob]);
    const result = await verify(provenance, [
      trust('a', await keyringOf(alice)),
      trust('b', await keyringOf(bob)),
      trust('both', await keyringOf(alice, bob)),
      trust('none', await keyringOf(await makeKey())),
    ]);
    expect(result.evidence.map(({ trustedAs }) => trustedAs)).toEqual(
      expect.arrayContaining([
        ['a', 'both'],
        ['b', 'both'],
      ]),
    );
    expect(result.outcomes.map(({ state }) => state)).toEqual(['held', 'held', 'held', 'failed']);
    expect(new Set(result.outcomes[2]?.identities)).toEqual(new Set([alice.fingerprint, bob.fingerprint]));
    const names = result.evidence.flatMap(({ signer }) => signer?.userIds ?? []);
    expect(names.join()).toContain('Bob\\u{202e}');
  });

  test('one byte of the text changed: bad signature, and nothing of the text is shown', async () => {
    const provenance = (await clearsign(signedTextFor(), alice)).replace('1.2.3\n', '1.2.4\n');
    const result = await verify(provenance, [trust('team', await keyringOf(alice))]);
    expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.bad_signature'] });
    expect(result.signedText).toBeUndefined();
    expect(result.evidence[0]?.signer?.fingerprint).toBeUndefined();
  });

  test('another archive', async () => {
    const archiveDigest = `sha256:${'0'.repeat(64)}`;
    const trusts = [trust('team', await keyringOf(alice))];
    const result = await verify(await clearsign(signedTextFor(), alice), trusts, { archiveDigest });
    expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.digest_mismatch'] });
    expect(result.outcomes[0]?.reasons[0]?.message).toContain(archiveDigest);
    expect(result.outcomes[0]?.reasons[0]?.message).toContain(ARCHIVE_DIGEST);
    expect(result.evidence[0]?.trustedAs).toEqual([]);
  });

  test('CRLF, blanks at line ends, no checksum and no final line end change nothing', async () => {
    const trusts = [trust('team', await keyringOf(alice))];
    const provenance = await clearsign(signedTextFor(), alice);
    const variants = [
      provenance.replaceAll('\n', '\r\n'),
      provenance.replace('name: app\n', 'name: app \t\n'),
      provenance.replace(/\n=[A-Za-z0-9+/]{4}\n/, '\n').trimEnd(),
      `${provenance}\r\n \n`,
    ];
    for (const variant of variants) expect(outcomeOf(await verify(variant, trusts)).state).toBe('held');
  });

  describe('time', () => {
    test('a key that has expired since it signed holds at signing, not now; both are stated', async () => {
      const key = await makeKey({ date: '2025-01-01T00:00:00Z', lifetime: YEAR });
      const provenance = await clearsign(signedTextFor(), key, { date: '2025-06-01T00:00:00Z' });
      const keyring = await keyringOf(key);
      const atSigning = await verify(provenance, [trust('t', keyring)]);
      expect(outcomeOf(atSigning)).toEqual({ state: 'held', codes: ['pgp.key_expired'] });
      expect(atSigning.outcomes[0]?.holdsUntil).toBeUndefined();
      expect(atSigning.evidence[0]?.checks).toContainEqual(
        expect.objectContaining({ outcome: 'info', code: 'pgp.key_expired' }),
      );
      expect(atSigning.evidence[0]?.checks).toContainEqual(
        expect.objectContaining({ name: 'key-at-signing', outcome: 'pass' }),
      );
      const now = await verify(provenance, [trust('t', keyring, { expiry: 'now' })]);
      expect(outcomeOf(now)).toEqual({ state: 'failed', codes: ['pgp.key_expired'] });
    });

    test('with expiry: now the outcome says how long it stands', async () => {
      const key = await makeKey({ lifetime: YEAR });
      const provenance = await clearsign(signedTextFor(), key);
      const result = await verify(provenance, [trust('t', await keyringOf(key), { expiry: 'now' })]);
      expect(result.outcomes[0]).toMatchObject({
        state: 'held',
        holdsUntil: Date.parse('2026-01-01T00:00:00Z') + YEAR * 1000,
      });
    });

    test('a signature dated after the injected time', async () => {
      const provenance = await clearsign(signedTextFor(), alice, { date: '2026-12-01T00:00:00Z' });
      const result = await verify(provenance, [trust('t', await keyringOf(alice))]);
      expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.signed_in_future'] });
      const later = await verify(provenance, [trust('t', await keyringOf(alice))], {
        now: Date.parse('2026-12-02T00:00:00Z'),
      });
      expect(outcomeOf(later).state).toBe('held');
    });

    test('a key that was no longer valid when it signed', async () => {
      const key = await makeKey({ date: '2025-01-01T00:00:00Z', lifetime: YEAR });
      const longer = await reformatKey({
        privateKey: key.privateKey,
        userIDs: [{ name: 'Test Signer', email: 'test@example.com' }],
        date: new Date('2025-01-01T00:00:00Z'),
        format: 'object',
      });
      const unlimited = { ...key, privateKey: longer.privateKey };
      const provenance = await clearsign(signedTextFor(), unlimited, { date: '2026-06-01T00:00:00Z' });
      const result = await verify(provenance, [trust('t', await keyringOf(key))]);
      expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.key_expired_at_signing'] });
    });
  });

  describe('keys', () => {
    test('a signing subkey counts as its key; the identity is the primary fingerprint', async () => {
      const key = await makeKey({ subkeys: [{ sign: true }] });
      const result = await verify(await clearsign(signedTextFor(), key), [trust('t', await keyringOf(key))]);
      expect(result.outcomes[0]).toMatchObject({ state: 'held', identities: [key.fingerprint] });
      expect(result.evidence[0]?.signer?.keyId).not.toBe(key.keyId);
    });

    test('a revoked key holds for nothing', async () => {
      const { publicKey } = await revokeKey({
        key: alice.privateKey,
        reasonForRevocation: { flag: enums.reasonForRevocation.keyCompromised },
        date: new Date('2026-06-01T00:00:00Z'),
        format: 'object',
      });
      const provenance = await clearsign(signedTextFor(), alice);
      const result = await verify(provenance, [trust('t', await keyringOf(publicKey))]);
      expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.key_revoked'] });
    });

    test('a key retired after it signed holds at signing, not now', async () => {
      const { publicKey } = await revokeKey({
        key: alice.privateKey,
        reasonForRevocation: { flag: enums.reasonForRevocation.keyRetired },
        date: new Date('2026-06-01T00:00:00Z'),
        format: 'object',
      });
      const provenance = await clearsign(signedTextFor(), alice);
      const keyring = await keyringOf(publicKey);
      expect(outcomeOf(await verify(provenance, [trust('t', keyring)]))).toEqual({
        state: 'held',
        codes: ['pgp.key_revoked'],
      });
      expect(outcomeOf(await verify(provenance, [trust('t', keyring, { expiry: 'now' })]))).toEqual({
        state: 'failed',
        codes: ['pgp.key_revoked'],
      });
    });

    test('a keyring that has the key twice, one copy revoked: the good copy counts as in any keyring', async () => {
      const old = await makeKey({ date: '2025-01-01T00:00:00Z', lifetime: YEAR });
      const renewed = await reformatKey({
        privateKey: old.privateKey,
        userIDs: [{ name: 'Test Signer', email: 'test@example.com' }],
        date: new Date('2025-12-01T00:00:00Z'),
        format: 'object',
      });
      const key = { ...old, privateKey: renewed.privateKey, publicKey: renewed.publicKey };
      const provenance = await clearsign(signedTextFor(), key, { date: '2026-06-01T00:00:00Z' });
      expect(outcomeOf(await verify(provenance, [trust('t', await keyringOf(old, key))])).state).toBe('held');
      expect(outcomeOf(await verify(provenance, [trust('t', await keyringOf(old))])).state).toBe('failed');
    });

    test.each([
      ['fingerprint', (key: TestKey) => key.fingerprint],
      [
        'fingerprint in lower case with blanks',
        (key: TestKey) => key.fingerprint.toLowerCase().replace(/(.{4})/g, '$1 '),
      ],
      ['key id', (key: TestKey) => `0x${key.keyId}`],
      ['fingerprint of a subkey', (key: TestKey) => key.publicKey.subkeys[0]!.getFingerprint()],
    ])('a signer blocked by %s never holds', async (_, identify) => {
      const key = await makeKey({ subkeys: [{ sign: true }] });
      const provenance = await clearsign(signedTextFor(), key);
      const result = await verify(provenance, [trust('t', await keyringOf(key))], {
        blockedSigners: [identify(key)],
      });
      expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['blocked.signer'] });
      const others = await verify(provenance, [trust('t', await keyringOf(key))], {
        blockedSigners: [alice.fingerprint, key.fingerprint.slice(-8)],
      });
      expect(outcomeOf(others).state).toBe('held');
    });
  });

  describe('the signature packet', () => {
    test('an unknown critical notation is refused', async () => {
      const notation = {
        name: 'policy@example.com',
        value: new TextEncoder().encode('x'),
        humanReadable: true,
        critical: true,
      };
      const provenance = await clearsign(signedTextFor(), alice, { signatureNotations: [notation] });
      const result = await verify(provenance, [trust('t', await keyringOf(alice))]);
      expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.unsupported'] });
    });
  });

  test('judging again and again, in any order, gives the same', async () => {
    const provenance = await clearsign(signedTextFor(), alice);
    const keyring = await keyringOf(alice, bob);
    const first = await verify(provenance, [trust('t', keyring)]);
    for (let i = 0; i < 3; i++) expect(await verify(provenance, [trust('t', keyring)])).toEqual(first);
    expect(NOW).toBeGreaterThan(0);
  });
});
