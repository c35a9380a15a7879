import type { KeyObject } from 'node:crypto';
import { clean } from '../../base/text.ts';
import { unusableKey } from './unusable-key.ts';

/** How a key signs. The names of the details are those of sigstore's protobuf specs (PublicKeyDetails). */
export interface SignatureAlgorithm {
  /** For people: `ECDSA P-256`, `RSA-4096`, `Ed25519`. */
  name: string;
  /** Hash of what is signed; undefined for Ed25519, which signs the whole. */
  hash: 'sha256' | 'sha384' | 'sha512' | undefined;
  keyDetails: string;
  /** Signing the same twice gives the same signature. */
  deterministic: boolean;
  /** What `cosign verify --key` must be told beside the key, as 3.1.3 takes SHA-256 for every key. */
  cosignFlags?: readonly string[];
}

/**
 * How sigstore signs with a key of this kind: the defaults of sigstore's Go libraries (sigstore:pkg/signature/
 * algorithm_registry.go), but for Ed25519, where they say Ed25519ph and cosign verify itself takes pure Ed25519 only.
 * @throws ChartsealError sign.cosign_key_unusable for kinds and sizes that they do not know
 */
export function signatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  const { namedCurve, modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const found = CURVES[namedCurve ?? ''];
      if (found === undefined) throw unusableKey(`the key is on the curve ${clean(namedCurve, 40)}`);
      return { ...found, deterministic: false };
    }
    case 'rsa':
      if (publicExponent !== 65_537n || !RSA_SIZES.has(modulusLength ?? 0)) {
        throw unusableKey(`the RSA key has ${modulusLength} bits and the exponent ${publicExponent}`, {
          help: 'Sigstore knows RSA keys of 2048, 3072 or 4096 bits with the exponent 65537; better is ECDSA P-256.',
        });
      }
      return {
        name: `RSA-${modulusLength}`,
        hash: 'sha256',
        keyDetails: `PKIX_RSA_PKCS1V15_${modulusLength}_SHA256`,
        deterministic: true,
      };
    case 'ed25519':
      return { name: 'Ed25519', hash: undefined, keyDetails: 'PKIX_ED25519', deterministic: true };
    default:
      throw unusableKey(`the key is of the kind "${clean(key.asymmetricKeyType, 40)}"`);
  }
}

const RSA_SIZES = new Set([2048, 3072, 4096]);

const CURVES: Record<string, Omit<SignatureAlgorithm, 'deterministic'>> = {
  prime256v1: { name: 'ECDSA P-256', hash: 'sha256', keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
  secp384r1: {
    name: 'ECDSA P-384',
    hash: 'sha384',
    keyDetails: 'PKIX_ECDSA_P384_SHA_384',
    cosignFlags: ['--signature-digest-algorithm', 'sha384'],
  },
  secp521r1: {
    name: 'ECDSA P-521',
    hash: 'sha512',
    keyDetails: 'PKIX_ECDSA_P521_SHA_512',
    cosignFlags: ['--signature-digest-algorithm', 'sha512'],
  },
};
