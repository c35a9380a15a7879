import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import { createCtLog, createFakeSigstore } from '../support/sigstore/index.ts';

// Without the timestamp of a certificate log, an authority could issue a certificate for anybody and nobody would see.
const now = Date.parse('2026-11-23T12:00:00Z');
const sigstore = createFakeSigstore({ clock: () => now });

test('a certificate without one does not hold', async () => {
  expect(
    await verdict(sigstore.signKeyless({ digest: DIGEST, sct: false }), await keylessTrust(sigstore)),
  ).toBe('sct_missing');
});

test('an empty list of them is none', async () => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, certificate: { log: () => [] } });
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('sct_missing');
});

test('one by another log, of another certificate or altered does not hold, nor beside a good one', async () => {
  const trust = await keylessTrust(sigstore);
  const stranger = createCtLog();
  const good = (tbs: Buffer, issuer: Buffer) => sigstore.ctLog.log(tbs, issuer, now);
  const bad: ((tbs: Buffer, issuer: Buffer) => Buffer)[] = [
    (tbs, issuer) => stranger.log(tbs, issuer, now),
    (_, issuer) => sigstore.ctLog.log(Buffer.from('another certificate'), issuer, now),
    (tbs) => sigstore.ctLog.log(tbs, Buffer.alloc(32), now),
    (tbs, issuer) => {
      const sct = good(tbs, issuer);
      sct[40]! ^= 1; // the time
      return sct;
    },
  ];
  for (const one of bad) {
    for (const list of [[one], [good, one], [one, good]]) {
      const log = (tbs: Buffer, issuer: Buffer) => list.map((make) => make(tbs, issuer));
      expect(await verdict(sigstore.signKeyless({ digest: DIGEST, certificate: { log } }), trust)).toBe(
        'sct_invalid',
      );
    }
  }
});

test('a list that cannot be read makes the certificate useless', async () => {
  const log = () => [Buffer.from('not a timestamp')];
  expect(
    await verdict(
      sigstore.signKeyless({ digest: DIGEST, certificate: { log } }),
      await keylessTrust(sigstore),
    ),
  ).toBe('certificate_invalid');
});
