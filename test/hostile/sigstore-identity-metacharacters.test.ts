import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verdict, verify } from '../sigstore/support.ts';
import { createFakeSigstore, der } from '../support/sigstore/index.ts';

// @sigstore/verify takes an identity for a regular expression that may match anywhere. Here nothing but "*" is special.
const sigstore = createFakeSigstore();

test.each([
  ['dev@example.com', 'dev@exampleXcom'],
  ['.*', 'mallory@evil.example'],
  ['', 'mallory@evil.example'],
  ['^', 'mallory@evil.example'],
  ['dev@example.com|', 'mallory@evil.example'],
  ['[a-z]+@example.com', 'dev@example.com'],
  ['dev@example\\.com', 'dev@example.com'],
  ['(dev|ops)@example.com', 'dev@example.com'],
  ['dev?@example.com', 'de@example.com'],
  ['*@example.com', 'a@b@example.com'],
  ['*@example.com', '@example.com'],
])('%s does not stand for %s', async (subject, identity) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: [subject] }))).toBe(
    'identity_mismatch',
  );
});

test.each(['dev+ci@example.com', 'a.b[1](2)$^@example.com', 'dev?x=*@example.com'])(
  'and %s stands for itself',
  async (identity) => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
    expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: [identity] }))).toBe('held');
  },
);

test('characters that cannot be seen, or bytes that are no text, make the certificate useless', async () => {
  const trust = await keylessTrust(sigstore, { subjects: ['**'] });
  const email = (bytes: Buffer) => ({ certificate: { names: [der.implicit(1, bytes)] } });
  for (const bytes of [
    Buffer.from('dev@example.com\0.evil.example'),
    Buffer.from('dev@example.com\n'),
    // Read as ASCII, as the library does, the high bits go and this is dev@example.com.
    Buffer.from(Buffer.from('dev@example.com').map((byte) => byte | 0x80)),
    Buffer.alloc(0),
  ]) {
    expect(await verdict(sigstore.signKeyless({ digest: DIGEST, ...email(bytes) }), trust)).toMatch(
      /^certificate_invalid/,
    );
  }
});

test('what a stranger is called is harmless in a report', async () => {
  const identity = 'https://evil.example/\u202e<script>\u200b';
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
  const { evidence, outcomes } = await verify(bundle, await keylessTrust(sigstore));
  const shown = JSON.stringify([evidence, outcomes]);
  expect(shown).not.toMatch(/[\u202e\u200b]/);
  expect(evidence.signer!.subject).toBe('https://evil.example/\\u{202e}<script>\\u{200b}');
});
