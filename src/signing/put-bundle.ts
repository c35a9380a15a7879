import type { LegacySignature, SignedChart } from '../sigstore/index.ts';
import type { Job, ManifestBytes } from './job.ts';

/**
 * Puts a bundle and the referrer that holds it, as cosign does, and sees to it that it is found.
 * @returns digest of the referrer
 * @throws ChartsealError `registry.*`
 */
export async function putBundle(
  { open, target, context }: Job,
  { bundle, predicateType }: SignedChart,
  { digest, mediaType, bytes }: ManifestBytes,
): Promise<string> {
  const { bundleManifest } = await import('../sigstore/index.ts');
  const session = open();
  const { reference } = target;
  const referrer = bundleManifest({
    subject: { mediaType, size: bytes.length, digest },
    bundle: await session.putBlob(reference, bundle),
    predicateType,
    at: context.clock(),
  });
  await session.putBlob(reference, referrer.config);
  const attached = await session.attachReferrer(reference, referrer.manifest, referrer.mediaType, digest);
  return attached.digest;
}

/**
 * Adds a signature under cosign's legacy tag; those that are there stay.
 * @returns digest of the manifest under the tag
 * @throws ChartsealError `registry.*`
 */
export async function putLegacy(
  { open, target, context }: Job,
  legacy: LegacySignature,
  { digest }: ManifestBytes,
): Promise<string> {
  const { addLegacySignature } = await import('../sigstore/index.ts');
  const added = await addLegacySignature(open(), target.reference, digest, legacy, {
    sleep: (ms) => context.sleep(ms),
    random: context.random ?? Math.random,
    signal: context.signal,
  });
  return added.digest;
}
