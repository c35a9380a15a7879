import { ChartsealError } from '../base/error.ts';
import { type Digest, formatReference, type Reference, type RegistrySession } from '../oci/index.ts';
import { type Job, type ManifestBytes, renewLeases } from './job.ts';

/**
 * Lets the tag name the new manifest. The last moments: the locks are still ours, the tag still names what was read. A
 * push by somebody else between this look and the PUT is overwritten where the registry does not honour If-Match;
 * docs/signing.md says so.
 * @throws ChartsealError `sign.locked`, `sign.tag_moved`, `registry.*`
 */
export async function moveTag(job: Job, after: ManifestBytes): Promise<void> {
  const { reference, manifest } = job.target;
  const session = job.open();
  const tag = reference.tag ?? '';
  await renewLeases(job);
  await requireTag(session, reference, manifest.digest);
  try {
    await session.putManifest(reference, tag, after.bytes, manifest.mediaType, { ifMatch: manifest.digest });
  } catch (error) {
    // Said again with both digests, if the tag can be read.
    if (error instanceof ChartsealError && error.code === 'registry.precondition')
      await requireTag(session, reference, manifest.digest);
    throw error;
  }
  await requireTag(session, reference, after.digest);
}

async function requireTag(session: RegistrySession, reference: Reference, wanted: Digest): Promise<void> {
  const named =
    (await session.headManifest(reference, reference.tag ?? '')) ??
    (await session.getManifest(reference, reference.tag ?? '')).digest;
  if (named !== wanted) {
    throw new ChartsealError(
      'sign.tag_moved',
      `${formatReference(reference)} names ${named} and no longer ${wanted}`,
    );
  }
}
