import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, keyTrust, layerItem, OTHER_DIGEST, verdict } from '../sigstore/support.ts';
import { createFakeSigstore, IN_TOTO } from '../support/sigstore/index.ts';

// A bundle of another chart is attached to this one, as it is or with parts of it changed for this digest.
const sigstore = createFakeSigstore();

function statementFor(digest: string): string {
  const [, sha256] = digest.split(':');
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256 }, annotations: {} }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
  };
  return Buffer.from(JSON.stringify(statement)).toString('base64');
}

test('as it is, it signs another manifest', async () => {
  const bundle = sigstore.signKeyless({ digest: OTHER_DIGEST });
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('subject_mismatch');
});

test.each(['v1', 'v2'] as const)(
  'with the statement replaced, the signature does not fit (Rekor %s)',
  async (rekor) => {
    const keyless = sigstore.signKeyless({ digest: OTHER_DIGEST, rekor });
    keyless.json.dsseEnvelope.payload = statementFor(DIGEST);
    expect(await verdict(keyless, await keylessTrust(sigstore))).toBe('bad_signature log_mismatch');
    const byKey = sigstore.signWithKey({ digest: OTHER_DIGEST, rekor });
    byKey.json.dsseEnvelope.payload = statementFor(DIGEST);
    expect(await verdict(byKey, await keyTrust(sigstore))).toBe('bad_signature log_mismatch');
  },
);

test('with all but the envelope taken from a good bundle of this chart, nothing fits', async () => {
  const good = sigstore.signKeyless({ digest: DIGEST });
  const foreign = sigstore.signKeyless({ digest: DIGEST, identity: 'mallory@evil.example' });
  good.json.dsseEnvelope = foreign.json.dsseEnvelope;
  const codes = await verdict(good, await keylessTrust(sigstore));
  expect(codes.split(' ')).toEqual(['bad_signature', 'log_mismatch', 'timestamp_invalid']);
});

test('with the type of the payload changed, it carries no statement and the signature does not fit', async () => {
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  bundle.json.dsseEnvelope.payloadType = 'application/vnd.in-toto+jso';
  expect(await verdict(bundle, await keylessTrust(sigstore))).toMatch(/^payload_type bad_signature/);
  // Signed with that type, it is still none.
  const signed = sigstore.signKeyless({ digest: DIGEST, payloadType: `${IN_TOTO} ` });
  expect(await verdict(signed, await keylessTrust(sigstore))).toBe('payload_type');
});

test('a legacy payload replaced under a good signature does not fit', async () => {
  const other = sigstore.signLegacy({ digest: OTHER_DIGEST });
  const wanted = sigstore.signLegacy({ digest: DIGEST });
  const codes = await verdict(
    layerItem('simple-signing', { ...other, bytes: wanted.bytes }),
    await keyTrust(sigstore),
  );
  expect(codes).toBe('untrusted_key log_mismatch');
});

test('an envelope with a second signature is not read, whichever of the two is good', async () => {
  const trust = await keyTrust(sigstore);
  const good = sigstore.signWithKey({ digest: DIGEST });
  const [signature] = good.json.dsseEnvelope.signatures;
  for (const signatures of [[signature, signature], [{ sig: 'AAAA' }, signature], []]) {
    const bundle = sigstore.signWithKey({ digest: DIGEST });
    bundle.json.dsseEnvelope.signatures = signatures;
    expect(await verdict(bundle, trust)).toBe('malformed');
    const layer = sigstore.attestLegacy({ digest: DIGEST });
    const envelope = JSON.parse(Buffer.from(layer.bytes).toString());
    const bytes = Buffer.from(JSON.stringify({ ...envelope, signatures }));
    expect(await verdict(layerItem('dsse', { ...layer, bytes }), trust)).toBe('malformed');
  }
});
