export { describePublicKeys, type PublicKeyFacts } from './describe-public-keys.ts';
export type { HelmSource } from './helm-reference.ts';
export { isBlockedSigner } from './is-blocked-signer.ts';
export { type AskedChart, matchAskedChart, type UnsafeMatch } from './match-asked-chart.ts';
export { nextKeyExpiry } from './next-key-expiry.ts';
export { predictHelm } from './predict-helm.ts';
export { readClearsigned } from './read-clearsigned.ts';
export { type Keyring, type ParsedKey, readKeyring } from './read-keyring.ts';
export { externalSigner } from './signing/external-signer.ts';
export { generateKey, type KeyType } from './signing/generate-key.ts';
export { type Certificate, makeCertificate } from './signing/make-certificate.ts';
export { readSecretKey } from './signing/read-secret-key.ts';
export type { DigestSign, PgpSigner } from './signing/signer.ts';
export { makeVaultCertificate, type VaultSignerOptions, vaultSigner } from './signing/vault-signer.ts';
export type { PgpTrust } from './trust.ts';
export {
  type ProvenanceInput,
  type ProvenanceResult,
  verifyProvenance,
} from './verify-provenance.ts';
