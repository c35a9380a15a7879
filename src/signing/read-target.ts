import { ChartsealError } from '../base/error.ts';
import { signedManifest } from '../chart/index.ts';
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
import type { SignRequest, SignTarget } from './task.ts';

/**
 * The digest that the request names, so that what is signed is what was meant and not what a tag names by now.
 * @param reference with the tag, if one was asked for in any way
 * @throws ChartsealError `sign.digest_required`, `sign.digest_mismatch` when reference and expectedDigest differ
 */
export function expectedDigest(
  request: SignRequest,
  reference: Reference,
  key: SigningEntry,
): Digest | undefined {
  const asked = request.expectedDigest === undefined ? undefined : parseDigest(request.expectedDigest);
  if (asked !== undefined && reference.digest !== undefined && asked !== reference.digest) {
    throw new ChartsealError(
      'sign.digest_mismatch',
      `the reference names ${reference.digest}, expectedDigest ${asked}`,
    );
  }
  const expected = asked ?? reference.digest;
  if (expected === undefined && !(key.unsafeSignTags && reference.tag !== undefined)) {
    throw new ChartsealError(
      'sign.digest_required',
      'neither expectedDigest nor the reference names a digest',
    );
  }
  return expected;
}

/**
 * Reads what the tag names now (without a tag: the digest) and holds it to what was expected: the manifest itself, or
 * its unsigned form, which is what the same request saw before an earlier try signed it.
 * @throws ChartsealError `sign.digest_mismatch` with both digests, `manifest.*` when it is no single chart
 */
export async function readTarget(
  session: RegistrySession,
  reference: Reference,
  expected: Digest | undefined,
): Promise<SignTarget> {
  const manifest = await session.getManifest(reference, reference.tag ?? expected ?? '');
  if (
    expected !== undefined &&
    manifest.digest !== expected &&
    (await unsignedDigest(manifest)) !== expected
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
  if (read.shape.extraLayers.length > 0) {
    throw new ChartsealError(
      'manifest.extra_layer',
      'the manifest has layers that a provenance does not cover',
    );
  }
  return { reference, manifest, shape: read.shape };
}

async function unsignedDigest(manifest: Manifest): Promise<Digest | undefined> {
  if (manifest.body.kind !== 'image') return undefined;
  return sha256Digest(signedManifest(manifest.bytes, undefined));
}
