import { ChartsealError } from '../base/error.ts';
import type { SigstoreSigningEntry } from '../config/index.ts';
import type { SignatureItem, SignedChart, SigstoreTrust } from '../sigstore/index.ts';
import type { PresentSignature } from './find-sigstore.ts';
import { type Job, type ManifestBytes, renewLeases } from './job.ts';
import { lockReferrers } from './locks.ts';
import { putBundle, putLegacy } from './put-bundle.ts';
import { refuseBlockedSigner } from './refuse-blocked.ts';
import { findOwn } from './require-found.ts';
import type { Identity } from './task.ts';
import { legacyTrustOf, sigstoreTrustOf } from './trust-of.ts';
import { verifyItem } from './verify-item.ts';
import { withoutToken } from './without-token.ts';

/** What is there of one signer of sigstore, and whom its certificate names. */
interface SignedManifest extends PresentSignature {
  /** Keyless: what the certificate says. */
  identity?: Identity;
  /** Was anything published? */
  changed: boolean;
}

/**
 * Lets one signer of sigstore sign a manifest: signs, verifies what was made without asking anybody, and only then
 * publishes it: the bundle as a referrer, and where the entry says so a signature under cosign's legacy tag. What is there
 * already is not published again.
 * @throws ChartsealError `sign.*`, `registry.*`
 */
export async function signManifest(
  job: Job,
  entry: SigstoreSigningEntry,
  manifest: ManifestBytes,
  known: PresentSignature = {},
): Promise<SignedManifest> {
  const { order, context, target } = job;
  const { identityToken } = order.request;
  await renewLeases(job);
  const { host, repository } = target.reference;
  const wantsLegacy = entry.legacyTag && known.legacy === undefined;
  const made = await withoutToken(identityToken, () =>
    entry.signer.sign({
      subject: { digest: manifest.digest },
      annotations: Object.fromEntries(entry.annotations),
      ...(entry.signer.kind === 'keyless' ? { identityToken } : {}),
      ...(wantsLegacy ? { legacy: { repository: `${host}/${repository}` } } : {}),
      at: context.clock(),
      signal: context.signal,
    }),
  );
  const identity = await identityOf(entry, made);
  await checkMade(job, entry, manifest, made, identity);

  // Whom a token stands for is known for certain only by the certificate: perhaps they signed already.
  const isOther = identity !== undefined && !isSame(identity, order.identity);
  const present = isOther ? await findOwn(job, entry, manifest, identity) : known;
  const { bundle, legacy } = await lockReferrers(job, manifest.digest, (locked) =>
    publish(locked, made, manifest, present),
  );
  return {
    bundle,
    ...(legacy === undefined ? {} : { legacy }),
    ...(identity === undefined ? {} : { identity }),
    changed: bundle !== present.bundle || legacy !== present.legacy,
  };
}

async function publish(
  job: Job,
  made: SignedChart,
  manifest: ManifestBytes,
  present: PresentSignature,
): Promise<{ bundle: string; legacy?: string | undefined }> {
  await renewLeases(job);
  const bundle = present.bundle ?? (await putBundle(job, made, manifest));
  if (made.legacy === undefined || present.legacy !== undefined) return { bundle, legacy: present.legacy };
  await renewLeases(job);
  return { bundle, legacy: await putLegacy(job, made.legacy, manifest) };
}

async function identityOf(
  { name, signer }: SigstoreSigningEntry,
  { signer: by }: SignedChart,
): Promise<Identity | undefined> {
  if (signer.kind === 'key') return undefined;
  const { issuer, subject } = by;
  if (issuer === undefined || subject === undefined) {
    throw new ChartsealError(
      'sign.self_check',
      `the certificate for "${name}" names no issuer or no subject`,
    );
  }
  const { requireLiteral } = await import('../sigstore/index.ts');
  requireLiteral({ issuer, subject });
  return { issuer, subject };
}

// Whatever a service answered: only what everybody would accept is published.
async function checkMade(
  { context }: Job,
  entry: SigstoreSigningEntry,
  manifest: ManifestBytes,
  { bundle, legacy }: SignedChart,
  identity: Identity | undefined,
): Promise<void> {
  refuseBlockedSigner(entry, identity, context);
  const items: [SignatureItem, SigstoreTrust | undefined][] = [
    [{ format: 'bundle', bytes: bundle, annotations: {} }, sigstoreTrustOf(entry, identity)],
  ];
  if (legacy !== undefined) {
    const { payload: bytes, annotations } = legacy;
    items.push([{ format: 'simple-signing', bytes, annotations }, legacyTrustOf(entry, identity)]);
  }
  for (const [item, trust] of items) {
    const source = { kind: item.format === 'bundle' ? 'referrer' : 'tag', digest: null } as const;
    const trusts = trust === undefined ? [] : [trust];
    const { held, reasons } = await verifyItem({ source, item, manifest, trusts, identity }, context);
    if (held.includes(entry.name)) continue;
    const [why] = reasons;
    throw new ChartsealError(
      'sign.self_check',
      `what "${entry.name}" signed does not verify: ${why?.code}: ${why?.message}`,
      {
        help:
          why?.code === 'sigstore.sct_missing'
            ? why.help
            : 'Check that the trusted root (root of the entry, --trusted-root) is that of the services in the signing config.',
      },
    );
  }
}

function isSame(one: Identity, other: Identity | undefined): boolean {
  return one.issuer === other?.issuer && one.subject === other.subject;
}
