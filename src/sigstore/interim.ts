import type { Signer } from '../base/evidence.ts';
import type { Descriptor, Digest, Reference, RegistrySession } from '../oci/index.ts';
import type { SigstoreKey } from './key.ts';

export interface SignInput {
  subject: { digest: string };
  annotations?: Readonly<Record<string, string>> | undefined;
  identityToken?: string | undefined;
  at: number;
  legacy?: { repository: string } | undefined;
  signal?: AbortSignal | undefined;
}
export interface SignedChart {
  bundle: Uint8Array;
  predicateType: string;
  signer: Signer;
  legacy?: LegacySignature;
}
export interface LegacySignature {
  payload: Uint8Array;
  annotations: Record<string, string>;
}
export interface SigstoreSigner {
  readonly kind: 'key' | 'keyless';
  readonly key: (SigstoreKey & { readonly pem: string }) | undefined;
  readonly cosignFlags: readonly string[];
  sign(input: SignInput): Promise<SignedChart>;
}
export interface IdentityClaims {
  issuer: string;
  subject: string;
  audiences: string[];
  expiresAt: number | undefined;
}
export declare function readIdentityToken(token: string): IdentityClaims;
export declare function readSigningConfig(bytes: Uint8Array): { logs: unknown[] };
export declare function bundleManifest(o: {
  subject: Pick<Descriptor, 'mediaType' | 'size' | 'digest'>;
  bundle: Pick<Descriptor, 'size' | 'digest'>;
  predicateType: string;
  at: number;
}): { manifest: Uint8Array; mediaType: string; config: Uint8Array };
export declare function legacyTag(subject: Digest): string;
export declare function addLegacySignature(
  session: RegistrySession,
  ref: Reference,
  subject: Digest,
  signature: LegacySignature,
  options: {
    sleep: (ms: number, signal: AbortSignal) => Promise<void>;
    random: () => number;
    signal?: AbortSignal | undefined;
  },
): Promise<{ tag: string; digest: Digest; signatures: number }>;
