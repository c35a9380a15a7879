import { afterEach, describe, expect, test, vi } from 'vitest';
import { predictCosign, type SignatureItem, type SigstoreTrust } from '../../src/sigstore/index.ts';
import { bundleItem, DIGEST, keylessTrust, keyTrust, layerItem } from '../sigstore/support.ts';
import { toPem } from '../support/sigstore/certificates.ts';
import { bits, integer, nothing, octets, oid, sequence, tagged } from '../support/sigstore/der.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// What cosign would say is worked out of the same bytes of strangers, by readers of its own, and also of signatures that
// the verdict has passed over as too large. One bundle of half a megabyte kept each of these busy for minutes.
const sigstore = createFakeSigstore();

afterEach(() => {
  vi.restoreAllMocks();
});

const LONG = 500_000;
const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64');
const rsa = (modulus: number, exponent: number) =>
  sequence(
    sequence(oid('1.2.840.113549.1.1.1'), nothing()),
    bits(sequence(integer(Buffer.alloc(modulus, 0xa7)), integer(Buffer.alloc(exponent, 0x77)))),
  );

function predict(items: SignatureItem[], trust: SigstoreTrust) {
  return predictCosign({
    items: items.map((value) => ({
      source: { kind: value.format === 'bundle' ? ('referrer' as const) : ('tag' as const), digest: DIGEST },
      fetched: { ok: true as const, value },
    })),
    complete: { referrers: true, signatures: true },
    digest: DIGEST,
    trust,
    now: Date.parse('2026-11-23T12:00:00Z'),
  });
}

/** A bundle by a certificate with something in it that is costly to read. */
function certified(certificate: Parameters<typeof sigstore.issue>[0]): SignatureItem {
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  bundle.json.verificationMaterial.certificate.rawBytes = base64(sigstore.issue(certificate).der);
  return bundleItem(bundle);
}

function logged(body: unknown): SignatureItem {
  const bundle = sigstore.signWithKey({ digest: DIGEST });
  bundle.json.verificationMaterial.tlogEntries[0].canonicalizedBody = base64(JSON.stringify(body));
  return bundleItem(bundle);
}

const longName = (size: number) =>
  sequence(tagged(0x06, Buffer.from([0x2a]), Buffer.alloc(size, 0xff)), octets(Buffer.alloc(1)));
const longStatus = (size: number) => sequence(sequence(tagged(0x02, Buffer.alloc(size, 0x55))));

describe('reading as cosign does takes no more time than the bytes are worth', () => {
  test.each([
    ['letters', 'a'.repeat(LONG)],
    ['what may be a tree id, again and again', ' - 1'.repeat(LONG / 4)],
  ])('the first line of a checkpoint: %s', async (_, line) => {
    const bundle = sigstore.signWithKey({ digest: DIGEST });
    const [entry] = bundle.json.verificationMaterial.tlogEntries;
    entry.inclusionProof.checkpoint.envelope = `${line}\n1\nAA==\n\n— x AAAAAA\n`;
    const said = predict([bundleItem(bundle)], await keyTrust(sigstore));
    expect(said?.outcome).toBe('refuse');
  });

  test('the name of a certificate extension', async () => {
    const trust = await keylessTrust(sigstore);
    const { spki: publicKey } = sigstore.key;
    expect(predict([certified({ publicKey, more: [longName(LONG)] })], trust)).toBeUndefined();
    const said = predict([certified({ publicKey, more: [longName(60_000)] })], trust);
    expect(said?.message).toContain('malformed certificate');
  });

  test('the certificate of a legacy signature', async () => {
    const layer = sigstore.signLegacy({ digest: DIGEST, keyless: true });
    const { der } = sigstore.issue({ publicKey: sigstore.key.spki, more: [longName(LONG)] });
    layer.annotations['dev.sigstore.cosign/certificate'] = toPem(der);
    expect(predict([layerItem('simple-signing', layer)], await keylessTrust(sigstore))).toBeUndefined();
  });

  test.each([
    ['exponent', 256, LONG],
    ['modulus', LONG, 3],
  ])('the %s of a key', async (_, modulus, exponent) => {
    const publicKey = rsa(modulus, exponent);
    const trust = await keyTrust(sigstore);
    expect(predict([certified({ publicKey })], await keylessTrust(sigstore))).toBeUndefined();
    const content = base64(toPem(publicKey, 'PUBLIC KEY'));
    const hashed = logged({
      kind: 'hashedrekord',
      apiVersion: '0.0.1',
      spec: {
        data: { hash: { algorithm: 'sha256', value: 'a'.repeat(64) } },
        signature: { content: base64('x'), publicKey: { content } },
      },
    });
    expect(predict([hashed], trust)).toBeUndefined();
    const signatures = [{ sig: base64(base64('x')), publicKey: content }];
    const envelope = { payloadType: 'x', payload: base64(base64('x')), signatures };
    const intoto = logged({ kind: 'intoto', apiVersion: '0.0.2', spec: { content: { envelope } } });
    expect(predict([intoto], trust)).toBeUndefined();
  });

  test('the status of a timestamp', async () => {
    const trust = await keylessTrust(sigstore, { transparencyLog: 'optional' });
    const stamped = (size: number) => {
      const bundle = sigstore.signKeyless({ digest: DIGEST });
      bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [
        { signedTimestamp: base64(longStatus(size)) },
      ];
      return bundleItem(bundle);
    };
    expect(predict([stamped(LONG)], trust)).toBeUndefined();
    expect(predict([stamped(60_000)], trust)?.message).toContain('asn1: structure error');
  });
});

// Whether cosign takes a bundle for one hangs on the signature in each of its log entries; by keys on P-521, 32 in each
// of eight bundles took ten seconds, for each trust entry anew.
test('a bundle with many log entries is not looked into', async () => {
  const many = (count: number) => {
    const bundle = sigstore.signWithKey({ digest: DIGEST });
    const { verificationMaterial: material } = bundle.json;
    const [entry] = material.tlogEntries;
    material.tlogEntries = Array.from({ length: count }, (_, logIndex) => ({ ...entry, logIndex }));
    return bundleItem(bundle);
  };
  const trust = await keyTrust(sigstore);
  expect(predict([many(5)], trust)).toBeUndefined();
  expect(predict([many(4)], trust)?.outcome).toBe('refuse');
});

test.each(['bundle', 'legacy signature'])(
  'a %s is read once, for however many trust entries',
  async (kind) => {
    const item =
      kind === 'bundle'
        ? bundleItem(sigstore.signWithKey({ digest: DIGEST }))
        : layerItem('simple-signing', sigstore.signLegacy({ digest: DIGEST }));
    const [first, second] = [await keyTrust(sigstore), await keyTrust(sigstore)];
    const read = vi.spyOn(JSON, 'parse');
    expect(predict([item], first)?.outcome).toBe('accept');
    expect(read).toHaveBeenCalled();
    read.mockClear();
    expect(predict([item], second)?.outcome).toBe('accept');
    expect(read).not.toHaveBeenCalled();
  },
);

test('what is too large to be looked at hides no signature that cosign takes', async () => {
  const large = certified({ publicKey: rsa(256, LONG) });
  const good = bundleItem(sigstore.signKeyless({ digest: DIGEST, rekor: 'v1' }));
  expect(predict([large, good], await keylessTrust(sigstore))?.outcome).toBe('accept');
});
