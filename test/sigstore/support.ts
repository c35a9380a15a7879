import type { SignatureItem, SignatureResult } from '../../src/sigstore/index.ts';
import {
  readSigstoreKey,
  readTrustedRoot,
  type SigstoreTrust,
  verifySignature,
} from '../../src/sigstore/index.ts';
import {
  COSIGN_SIGN,
  createFakeKey,
  FAKE_IDENTITY,
  FAKE_ISSUER,
  type FakeBundle,
  type FakeKey,
  type FakeKeyType,
  type FakeLayer,
  type FakeSigstore,
} from '../support/sigstore/index.ts';

/** Of the manifest that tests sign. */
export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const OTHER_DIGEST = `sha256:${'fedcba9876543210'.repeat(4)}`;

const keys = new Map<FakeKeyType, FakeKey>();

/** A key of this type, the same for a whole suite: RSA keys take long to make. */
export function fakeKey(type: FakeKeyType): FakeKey {
  const key = keys.get(type) ?? createFakeKey(type);
  keys.set(type, key);
  return key;
}

type Wishes = Partial<Omit<SigstoreTrust, 'identity' | 'annotations'>> & {
  annotations?: Record<string, string>;
};

function trust(identity: SigstoreTrust['identity'], { annotations = {}, ...wishes }: Wishes): SigstoreTrust {
  return {
    scheme: 'sigstore',
    name: 'ci',
    identity,
    predicateTypes: [COSIGN_SIGN],
    annotations: new Map(Object.entries(annotations)),
    transparencyLog: 'required',
    certificateTransparency: 'required',
    root: undefined,
    ...wishes,
  };
}

/** Trusts the fake's release workflow, by its trusted root unless another is given. */
export async function keylessTrust(
  sigstore: FakeSigstore,
  {
    issuer = FAKE_ISSUER,
    subjects = [FAKE_IDENTITY],
    extensions = {},
    ...wishes
  }: Wishes & { issuer?: string; subjects?: string[]; extensions?: Record<string, string> } = {},
): Promise<SigstoreTrust> {
  const root = wishes.root ?? (await readTrustedRoot(sigstore.trustedRoot()));
  const identity = {
    kind: 'keyless' as const,
    issuer,
    subjects,
    extensions: new Map(Object.entries(extensions)),
  };
  return trust(identity, { ...wishes, root });
}

/** Trusts a key, by the fake's trusted root unless `root` is given (`undefined`: none). */
export async function keyTrust(
  sigstore: FakeSigstore,
  { pem = sigstore.publicKeyPem, ...wishes }: Wishes & { pem?: string } = {},
): Promise<SigstoreTrust> {
  const root = 'root' in wishes ? wishes.root : await readTrustedRoot(sigstore.trustedRoot());
  const key = await readSigstoreKey(Buffer.from(pem));
  return trust({ kind: 'key', key }, { name: 'key', ...wishes, root });
}

export function bundleItem(bundle: FakeBundle): SignatureItem {
  return { format: 'bundle', bytes: bundle.bytes(), annotations: {} };
}

export function layerItem(
  format: 'simple-signing' | 'dsse',
  { bytes, annotations }: FakeLayer,
): SignatureItem {
  return { format, bytes, annotations };
}

export interface AskOptions {
  digest?: string;
  blockedSigners?: string[];
  blockedIdentities?: { issuer: string; subject: string }[];
}

export function verify(
  item: SignatureItem | FakeBundle,
  trusts: SigstoreTrust | SigstoreTrust[],
  { digest = DIGEST, blockedSigners = [], blockedIdentities = [] }: AskOptions = {},
): Promise<SignatureResult> {
  return verifySignature({
    source: { kind: 'referrer', digest: null },
    item: 'format' in item ? item : bundleItem(item),
    subject: { digest },
    trusts: Array.isArray(trusts) ? trusts : [trusts],
    blockedSigners,
    blockedIdentities,
  });
}

/** `held`, or the codes of the reasons without `sigstore.`, for the only trust entry. */
export async function verdict(
  item: SignatureItem | FakeBundle,
  trusts: SigstoreTrust,
  options?: AskOptions,
): Promise<string> {
  const { outcomes } = await verify(item, trusts, options);
  return verdictOf(outcomes[0]!);
}

export function verdictOf({ state, reasons }: SignatureResult['outcomes'][number]): string {
  if (state === 'held') return 'held';
  const codes = reasons.map(({ code }) => code.replace(/^sigstore\./, '')).join(' ');
  return state === 'failed' ? codes : `${state}: ${codes}`;
}
