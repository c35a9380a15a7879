import { ChartsealError } from '../base/error.ts';
import { MEDIA_TYPES, signedManifest } from '../chart/index.ts';
import type { SigningEntry } from '../config/index.ts';
import {
  type Digest,
  type Manifest,
  parseDigest,
  type Reference,
  type RegistrySession,
  sha256Digest,
} from '../oci/index.ts';
import { readShape } from '../subject/index.ts';
import type { Order, SignRequest, SignTarget } from './task.ts';

/**
 * The digest that the request names, so that what is signed is what was meant and not what a tag names by now.
 * @param reference with the tag, if one was asked for in any way
 * @throws ChartsealError `sign.digest_required`, `sign.digest_mismatch` when reference and expectedDigest differ
 */
export function expectedDigest(
  request: SignRequest,
  reference: Reference,
  signers: readonly SigningEntry[],
): Digest | undefined {
  const asked = request.expectedDigest === undefined ? undefined : parseDigest(request.expectedDigest);
  if (asked !== undefined && reference.digest !== undefined && asked !== reference.digest) {
    throw new ChartsealError(
      'sign.digest_mismatch',
      `the reference names ${reference.digest}, expectedDigest ${asked}`,
      { help: 'Name one digest, once: the one that helm push printed.' },
    );
  }
  const expected = asked ?? reference.digest;
  const mayBeTag = reference.tag !== undefined && signers.every(({ unsafeSignTags }) => unsafeSignTags);
  if (expected === undefined && !mayBeTag) {
    throw new ChartsealError(
      'sign.digest_required',
      'neither expectedDigest nor the reference names a digest',
    );
  }
  return expected;
}

/**
 * Reads what the tag names now (without a tag: the digest) and holds it to what was expected: the manifest itself, or
 * where PGP alone or PGP first signs the manifest that PGP makes of it, which is what the same request sees after an
 * earlier try.
 * @throws ChartsealError `sign.digest_mismatch` with both digests, `manifest.*` when it is no single chart
 */
export async function readTarget(session: RegistrySession, order: Order): Promise<SignTarget> {
  const { reference, expected, pgp } = order;
  const manifest = await session.getManifest(reference, reference.tag ?? expected ?? '');
  if (
    expected !== undefined &&
    manifest.digest !== expected &&
    !(await isMadeOf(expected, manifest, order))
  ) {
    throw new ChartsealError(
      'sign.digest_mismatch',
      `${reference.host}/${reference.repository}:${reference.tag} names ${manifest.digest}, which is neither ${expected} nor made of it`,
    );
  }
  const read = readShape(manifest.body);
  if (!read.ok) {
    const [why] = read.reasons;
    throw new ChartsealError(why?.code ?? 'manifest.not_a_chart', why?.message ?? 'the manifest is no chart');
  }
  if (pgp !== undefined && read.shape.extraLayers.length > 0) {
    throw new ChartsealError(
      'manifest.extra_layer',
      'the manifest has layers that a provenance does not cover',
    );
  }
  return { reference, manifest, shape: read.shape };
}

// PGP signs the chart layer, which is the same in both. Sigstore signs the manifest: it is signed by another digest than
// the one asked for only where the provenance is all that was added to it, exactly as it is added here.
async function isMadeOf(expected: Digest, manifest: Manifest, order: Order): Promise<boolean> {
  if (manifest.body.kind !== 'image') return false;
  const unsigned = signedManifest(manifest.bytes, undefined);
  if ((await sha256Digest(unsigned)) !== expected) return false;
  if (order.sigstore.length === 0) return true;
  const added = manifest.body.layers.find(({ mediaType }) => mediaType === MEDIA_TYPES.provenance);
  if (!order.attaches || added === undefined) return false;
  return (await sha256Digest(signedManifest(unsigned, added))) === manifest.digest;
}
