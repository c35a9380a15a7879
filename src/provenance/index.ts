export { describePublicKeys, type PublicKeyFacts } from './describe-public-keys.ts';
export type { HelmSource } from './helm-reference.ts';
export { isBlockedSigner } from './is-blocked-signer.ts';
export { type AskedChart, matchAskedChart, type UnsafeMatch } from './match-asked-chart.ts';
export { nextKeyExpiry } from './next-key-expiry.ts';
export type { UnsafeCrypto } from './openpgp-rules.ts';
export { type PredictionInput, predictHelm } from './predict-helm.ts';
export { MAX_PROVENANCE_BYTES, readClearsigned } from './read-clearsigned.ts';
export { type Keyring, type KeyringOptions, type ParsedKey, readKeyring } from './read-keyring.ts';
export { MAX_SIGNATURES } from './read-signatures.ts';
export { readSignedText, type SignedText } from './read-signed-text.ts';
export { type ExternalSignerOptions, externalSigner } from './signing/external-signer.ts';
export {
  type GeneratedKey,
  type GenerateKeyOptions,
  generateKey,
  type KeyType,
} from './signing/generate-key.ts';
export { type Certificate, type CertificateOptions, makeCertificate } from './signing/make-certificate.ts';
export { readSecretKey, type SecretKeyOptions } from './signing/read-secret-key.ts';
export type { DigestSign, PgpSigner, SignerOptions, SigningPart } from './signing/signer.ts';
export {
  makeVaultCertificate,
  type VaultCertificateOptions,
  type VaultSignerOptions,
  vaultSigner,
} from './signing/vault-signer.ts';
export type { PgpTrust } from './trust.ts';
export {
  type ProvenanceInput,
  type ProvenanceResult,
  verifyProvenance,
} from './verify-provenance.ts';
