import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verdict } from '../sigstore/support.ts';
import {
  createAuthority,
  createFakeKey,
  createFakeSigstore,
  der,
  extension,
  FAKE_IDENTITY,
  issueLeaf,
  type LeafOptions,
} from '../support/sigstore/index.ts';

// Certificates that a trusted authority issued for something else, and ones that it did not issue.
const now = Date.parse('2026-11-23T12:00:00Z');
const sigstore = createFakeSigstore({ clock: () => now });
const uri = (text: string) => der.implicit(6, Buffer.from(text));

test.each<[string, Partial<LeafOptions>]>([
  ['for servers, not for code', { keyUsages: ['1.3.6.1.5.5.7.3.1'] }],
  ['for nothing in particular', { keyUsages: [] }],
  ['for encryption', { keyUsage: 0x20 }],
  ['of an authority', { ca: true }],
  ['with two identities', { names: [uri(FAKE_IDENTITY), uri('https://evil.example')] }],
  ['with two identities, the trusted one last', { names: [uri('https://evil.example'), uri(FAKE_IDENTITY)] }],
  [
    'with an identity of each kind',
    { names: [der.implicit(1, Buffer.from('dev@example.com')), uri(FAKE_IDENTITY)] },
  ],
  ['without an identity', { names: [] }],
  // A user name as Microsoft writes it is none of Fulcio's.
  [
    'of another kind of user name',
    {
      names: [
        der.explicit(0, der.oid('1.3.6.1.4.1.311.20.2.3'), der.explicit(0, der.utf8('dev@example.com'))),
      ],
    },
  ],
  ['of a host', { names: [der.implicit(2, Buffer.from('example.com'))] }],
  ['with a critical extension that is not known', { more: [extension('1.2.3.4', der.nothing(), true)] }],
  [
    'of which the log only promised the issue',
    { more: [extension('1.3.6.1.4.1.11129.2.4.3', der.nothing(), true)] },
  ],
  ['with an extension twice', { more: [extension('2.5.29.14', der.octets(Buffer.alloc(20)))] }],
])('a certificate %s does not sign charts', async (_, certificate) => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, certificate });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: ['**'] }))).toMatch(
    /^certificate_invalid/,
  );
});

test('a user name of an issuer without email addresses is an identity', async () => {
  const name = der.explicit(
    0,
    der.oid('1.3.6.1.4.1.57264.1.7'),
    der.explicit(0, der.utf8('dev!example.com')),
  );
  const bundle = sigstore.signKeyless({ digest: DIGEST, certificate: { names: [name] } });
  expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: ['dev!example.com'] }))).toBe('held');
});

test('a certificate for a key that is too short or of a kind nobody signs with', async () => {
  const { spki } = createFakeKey();
  const curve = Buffer.from(
    spki.toString('hex').replace('2a8648ce3d030107', '2b8104000a000000').slice(0),
    'hex',
  );
  const bundle = sigstore.signKeyless({ digest: DIGEST, certificate: { publicKey: curve } });
  expect(await verdict(bundle, await keylessTrust(sigstore))).toMatch(/^(unsupported|certificate_invalid)/);
});

test('one that somebody issued himself does not hold, with his authority beside it or not', async () => {
  const trust = await keylessTrust(sigstore);
  const ephemeralKey = createFakeKey();
  const mine = createAuthority({ name: 'fake-fulcio', from: now - 1e9, to: now + 1e9 });
  const log = (tbs: Buffer, issuer: Buffer) => [sigstore.ctLog.log(tbs, issuer, now)];
  const issuer = 'https://token.actions.githubusercontent.com';
  const leaf = issueLeaf(mine, {
    identity: FAKE_IDENTITY,
    issuer,
    publicKey: ephemeralKey.spki,
    notBefore: now - 1000,
    log,
  });
  const sign = (mediaType?: string) => {
    const bundle = sigstore.signKeyless({
      digest: DIGEST,
      ephemeralKey,
      logged: { verifier: { certificate: leaf.der } },
      ...(mediaType === undefined ? {} : { mediaType }),
    });
    return bundle;
  };
  const alone = sign();
  alone.json.verificationMaterial.certificate.rawBytes = leaf.der.toString('base64');
  expect(await verdict(alone, trust)).toBe('certificate_invalid');
  const chained = sign('application/vnd.dev.sigstore.bundle+json;version=0.2');
  chained.json.verificationMaterial.x509CertificateChain.certificates = [leaf, mine].map((each) => ({
    rawBytes: each.der.toString('base64'),
  }));
  expect(await verdict(chained, trust)).toBe('certificate_invalid');
});

test('one that a signer issued with his own certificate does not hold', async () => {
  const signer = createFakeKey();
  const theirs = sigstore.issue({ publicKey: signer.spki, identity: 'mallory@evil.example' });
  const ephemeralKey = createFakeKey();
  const asAuthority = { ...theirs, key: signer, name: der.sequence(), serial: Buffer.alloc(1) };
  const leaf = issueLeaf(asAuthority, {
    identity: FAKE_IDENTITY,
    issuer: 'https://token.actions.githubusercontent.com',
    publicKey: ephemeralKey.spki,
    notBefore: now - 1000,
  });
  const bundle = sigstore.signKeyless({
    digest: DIGEST,
    ephemeralKey,
    logged: { verifier: { certificate: leaf.der } },
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  });
  bundle.json.verificationMaterial.x509CertificateChain.certificates = [leaf, theirs].map((each) => ({
    rawBytes: each.der.toString('base64'),
  }));
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('certificate_invalid');
});
