import { readSigstoreKey } from '../../../src/sigstore/read-sigstore-key.ts';
import { readTrustedRoot } from '../../../src/sigstore/read-trusted-root.ts';
import type { SignedChart } from '../../../src/sigstore/signing/signer.ts';
import { COSIGN_SIGN, type SigstoreIdentity, type SigstoreTrust } from '../../../src/sigstore/trust.ts';
import { type SignatureInput, verifySignature } from '../../../src/sigstore/verify-signature.ts';
import type { FakeSigstore } from '../../support/sigstore/index.ts';

/** What chartseal's own reading path says of a signature: `held`, or why not, code and message. */
export async function judge(
  item: SignatureInput['item'],
  digest: string,
  identity: SigstoreIdentity,
  o: { sigstore: FakeSigstore; log?: 'required' | 'optional'; annotations?: Record<string, string> },
): Promise<string> {
  const trust: SigstoreTrust = {
    scheme: 'sigstore',
    name: 'signer',
    identity,
    predicateTypes: [COSIGN_SIGN],
    annotations: new Map(Object.entries(o.annotations ?? {})),
    transparencyLog: o.log ?? 'required',
    certificateTransparency: 'required',
    root: await readTrustedRoot(o.sigstore.trustedRoot()),
  };
  const { outcomes } = await verifySignature({
    source: { kind: 'referrer', digest: null },
    item,
    subject: { digest },
    trusts: [trust],
    blockedSigners: [],
    blockedIdentities: [],
  });
  const [outcome] = outcomes;
  if (outcome?.state === 'held') return 'held';
  return outcome?.reasons.map(({ code, message }) => `${code}: ${message}`).join('; ') ?? 'no outcome';
}

export const bundleItem = ({ bundle }: SignedChart) =>
  ({ format: 'bundle', bytes: bundle, annotations: {} }) as const;

export const legacyItem = ({ legacy }: SignedChart) =>
  ({ format: 'simple-signing', bytes: legacy!.payload, annotations: legacy!.annotations }) as const;

/** The trust in a key. */
export async function keyIdentity(pem: string): Promise<SigstoreIdentity> {
  return { kind: 'key', key: await readSigstoreKey(Buffer.from(pem)) };
}

/** The trust in an identity. */
export function keyless(issuer: string, subject: string): SigstoreIdentity {
  return { kind: 'keyless', issuer, subjects: [subject], extensions: new Map() };
}
