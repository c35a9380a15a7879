import type { Code } from '../../base/codes.ts';
import { createReadOnce } from '../../base/read-once.ts';
import type { LocatedSignature, SignatureItem } from '../signature-item.ts';
import type { SigstoreTrust } from '../trust.ts';
import type { CosignFlags } from './flags.ts';
import { keyFacts } from './key-facts.ts';
import { type CosignBundle, readBundleAsCosign } from './read-bundle.ts';
import { Refusal } from './refusal.ts';
import { type CosignRun, verifyBundleAsCosign } from './verify-bundle.ts';
import { verifyLegacyAsCosign } from './verify-legacy.ts';

/** What is at hand of a chart's signatures. */
interface CosignEvidence {
  items: readonly LocatedSignature[];
  complete: { referrers: boolean; signatures: boolean };
  /** `sha256:…` */
  digest: string;
  trust: SigstoreTrust;
  now: number;
}

const NO_MATERIAL: CosignRun['material'] = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
};

/**
 * One run of `cosign verify` (cosign:cmd/cosign/cli/verify/verify.go Exec): bundles, if it can read one; else `.sig`.
 * @returns its words if it refuses; undefined where that cannot be known
 */
export function runCosign(evidence: CosignEvidence, flags: CosignFlags): { refusal?: string } | undefined {
  const { items, complete, digest, trust, now } = evidence;
  const key = trust.identity.kind === 'key' ? trust.identity.key.keyObject : undefined;
  if (key !== undefined && keyFacts(key) === undefined) return undefined;
  const material = trust.root?.material ?? NO_MATERIAL;
  const run: CosignRun = { digest: digest.replace(/^sha256:/, ''), flags, key, material, now };

  const found = readBundles(items);
  const known = complete.referrers && found.known;
  if (found.bundles.length > 0) {
    const judged = found.bundles.map((bundle) => attempt(() => verifyBundleAsCosign(bundle, run)));
    return sum(judged, known, 'no matching attestations');
  }
  if (!known) return undefined;
  const legacy = items.filter(isLegacy);
  const signatures = legacy.flatMap(({ fetched }) => (fetched.ok ? [fetched.value] : []));
  const allRead = complete.signatures && signatures.length === legacy.length;
  if (signatures.length === 0) return allRead ? { refusal: 'no signatures found' } : undefined;
  const judged = signatures.map((item) => attempt(() => verifyLegacyAsCosign(item, run)));
  return sum(judged, allRead, 'no matching signatures');
}

/** What cosign passes over, too: content that is not what its digest says, or not there. */
const NOT_THERE: readonly Code[] = [
  'registry.digest_mismatch',
  'registry.blob_missing',
  'evidence.missing',
  'sigstore.malformed',
];

const readBundle = createReadOnce(({ bytes }: SignatureItem) => readBundleAsCosign(bytes));

function readBundles(items: readonly LocatedSignature[]): { bundles: CosignBundle[]; known: boolean } {
  const bundles: CosignBundle[] = [];
  let known = true;
  for (const { source, fetched, cosignReads } of items) {
    if (source.kind !== 'referrer' || cosignReads === false) continue;
    if (!fetched.ok) {
      if (!NOT_THERE.includes(fetched.error.code)) known = false;
    } else if (fetched.value.format === 'bundle') {
      try {
        const bundle = readBundle(fetched.value);
        if (bundle !== undefined) bundles.push(bundle);
      } catch {
        known = false;
      }
    }
  }
  return { bundles, known };
}

function isLegacy({ source, fetched }: LocatedSignature): boolean {
  return source.kind === 'tag' && (!fetched.ok || fetched.value.format === 'simple-signing');
}

type Judged = 'accept' | 'unknowable' | { refusal: string };

function attempt(verify: () => void): Judged {
  try {
    verify();
    return 'accept';
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error.message };
    // What the libraries throw at malformed parts is not known to be what cosign would say of them.
    return 'unknowable';
  }
}

// One that is accepted is enough; all must be known for a refusal.
function sum(judged: Judged[], allRead: boolean, words: string): { refusal?: string } | undefined {
  if (judged.includes('accept')) return {};
  if (!allRead || judged.includes('unknowable')) return undefined;
  const refusals = judged.map((one) => (one as { refusal: string }).refusal);
  return { refusal: `${words}: ${refusals.join('; ')}` };
}
