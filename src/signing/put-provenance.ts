import { ChartsealError } from '../base/error.ts';
import { signedManifest } from '../chart/index.ts';
import { MANIFEST_TYPES, type RegistrySession, sha256Digest } from '../oci/index.ts';
import { detachedManifest, EMPTY_CONFIG } from './detached.ts';
import { findSignature } from './find-signature.ts';
import { type Job, type ManifestBytes, renewLeases } from './job.ts';
import { lockReferrers } from './locks.ts';

/** A provenance that was put, and the manifest that it is of. */
interface PutProvenance {
  /** Of the provenance itself. */
  digest: string;
  /** The new one under no tag yet, or the one that was there. */
  manifest: ManifestBytes;
}

/**
 * Signs the text with the PGP key of the order, and puts the provenance: as a layer of a new manifest, put by digest, or
 * as a referrer. The key is touched here and nowhere else.
 * @throws ChartsealError `sign.*`, `registry.*`
 */
export async function putProvenance(job: Job, text: string): Promise<PutProvenance> {
  const { order, target, context } = job;
  const { pgp } = order;
  if (pgp === undefined) throw new Error('no PGP key signs');
  const provenance = new TextEncoder().encode(await pgp.signer.clearsign(text, context.clock()));
  const session = job.open();
  const blob = await session.putBlob(target.reference, provenance);
  const manifest = order.attaches ? await attach(job, session, blob) : await detach(job, session, blob);
  return { digest: blob.digest, manifest };
}

type Blob = Awaited<ReturnType<RegistrySession['putBlob']>>;

async function attach({ target }: Job, session: RegistrySession, blob: Blob): Promise<ManifestBytes> {
  const { reference, manifest } = target;
  const bytes = signedManifest(manifest.bytes, blob);
  const digest = await sha256Digest(bytes);
  const { mediaType } = manifest;
  await session.putManifest(reference, digest, bytes, mediaType);
  return { digest, mediaType, bytes };
}

async function detach(job: Job, session: RegistrySession, blob: Blob): Promise<ManifestBytes> {
  const { target, context } = job;
  const { reference, manifest } = target;
  const config = await session.putBlob(reference, EMPTY_CONFIG);
  const bytes = detachedManifest(manifest, blob, config, context.clock);
  await lockReferrers(job, manifest.digest, async (locked) => {
    await renewLeases(locked);
    await job.open().attachReferrer(reference, bytes, MANIFEST_TYPES.image, manifest.digest);
  });
  // A good provenance layer would satisfy the verification, so the new referrer is looked for by itself.
  if ((await findSignature(job)) === undefined) {
    throw new ChartsealError(
      'sign.self_check',
      'the provenance that was attached is not found as a referrer',
    );
  }
  return manifest;
}
