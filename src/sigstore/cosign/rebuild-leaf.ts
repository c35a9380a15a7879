import { Buffer } from 'node:buffer';
import { createHash, type KeyObject } from 'node:crypto';
import { canonicalJson, type Json } from '../../base/canonical-json.ts';
import { hashLeaf } from '../log/hash-leaf.ts';
import { type KeyFacts, keyFacts } from './key-facts.ts';
import { pae } from './pae.ts';
import type { CosignBundle } from './read-bundle.ts';
import type { LeafCertificate } from './read-certificate.ts';
import { Refusal } from './refusal.ts';

/** With what the bundle was signed: a certificate, or the key that cosign was given (none in keyless mode). */
export type BundleSigner = { certificate: LeafCertificate } | { key: KeyObject | undefined };

/**
 * The hash of the entry that Rekor v2 makes of a bundle, built from the bundle alone (sigstore-go:pkg/verify/tlog.go
 * reconstructV2EntryHash, rekor-tiles:pkg/types/hashedrekord/hashedrekord.go ToEntryHash).
 * @throws Refusal
 */
export function rebuildLeaf(bundle: CosignBundle, signer: BundleSigner): Uint8Array {
  const key = keyOf(signer);
  const facts = keyFacts(key);
  if (facts?.details === undefined) {
    throw new Refusal('getting algorithm details from bundle key: unsupported public key type');
  }
  const rawBytes =
    'certificate' in signer ? signer.certificate.der : key.export({ format: 'der', type: 'spki' });
  const verifier = { rawBytes: Buffer.from(rawBytes).toString('base64') };
  const [digest, signature] = signedOf(bundle, facts);
  const entry: Json = {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: facts.digestName, ...unlessEmpty('digest', digest) },
        signature: {
          ...unlessEmpty('content', signature),
          verifier: {
            keyDetails: facts.details,
            ...('certificate' in signer ? { x509Certificate: verifier } : { publicKey: verifier }),
          },
        },
      },
    },
  };
  return hashLeaf(new TextEncoder().encode(canonicalJson(entry)));
}

function keyOf(signer: BundleSigner): KeyObject {
  if ('certificate' in signer) return signer.certificate.publicKey;
  if (signer.key !== undefined) return signer.key;
  throw new Refusal('public key not found in trusted material: no public key material available');
}

function signedOf({ message, envelope }: CosignBundle, { digest }: KeyFacts): [Uint8Array, Uint8Array] {
  if (message !== undefined) return [message.digest, message.signature];
  if (envelope === undefined)
    throw new Refusal('bundle must contain either a message signature or an envelope');
  const hash = createHash(digest).update(pae(envelope.payloadType, envelope.payload)).digest();
  return [hash, envelope.signatures[0]?.sig ?? new Uint8Array(0)];
}

function unlessEmpty(name: string, bytes: Uint8Array): { [name: string]: Json } {
  return bytes.length === 0 ? {} : { [name]: Buffer.from(bytes).toString('base64') };
}
