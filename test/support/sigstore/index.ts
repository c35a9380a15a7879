export {
  createAuthority,
  extension,
  type FakeAuthority,
  type FakeCertificate,
  issueLeaf,
  type LeafOptions,
  toPem,
} from './certificates.ts';
export { createCtLog, type FakeCtLog } from './ct-log.ts';
export * as der from './der.ts';
export {
  BUNDLE_V03,
  COSIGN_SIGN,
  createFakeSigstore,
  FAKE_EXTENSIONS,
  FAKE_IDENTITY,
  FAKE_ISSUER,
  type FakeBundle,
  type FakeLayer,
  type FakeSigstore,
  IN_TOTO,
  type KeylessOptions,
  type KeyOptions,
  preAuthEncoding,
  type SignOptions,
  type Subject,
} from './fake-sigstore.ts';
export { createFakeKey, type FakeKey, type FakeKeyType } from './keys.ts';
export { createRekor, type FakeLogEntry, type FakeRekor, type LoggedSignature } from './rekor.ts';
export { createTimestampAuthority, type FakeTimestampAuthority } from './timestamp-authority.ts';
