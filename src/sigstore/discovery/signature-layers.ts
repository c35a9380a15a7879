import type { Descriptor, Manifest } from '../../oci/index.ts';
import { dockerLayers } from '../../oci/index.ts';
import type { SignatureItem } from '../signature-item.ts';
import { COSIGN_SIGN } from '../trust.ts';
import {
  BUNDLE_TYPE,
  DSSE_TYPE,
  LEGACY_PREDICATE_ANNOTATION,
  PREDICATE_ANNOTATION,
  SIMPLE_SIGNING_TYPE,
} from './media-types.ts';

/** A layer that holds a signature. */
export interface SignatureLayer {
  format: SignatureItem['format'];
  layer: Descriptor;
  /** What it says to be, unverified; undefined: it does not say. */
  predicateType: string | undefined;
}

/**
 * The signatures that a manifest holds, whether it is a referrer or stands under one of cosign's tags. A bundle is the
 * only layer of its manifest, as cosign reads it (cosign:pkg/oci/remote/signatures.go); legacy layouts have several.
 * Empty: the manifest is something else.
 * @throws ChartsealError `manifest.invalid` for a Docker manifest whose layers cannot be read
 */
export function signatureLayers(manifest: Manifest): SignatureLayer[] {
  const { body } = manifest;
  if (body.kind === 'index' || (body.kind === 'docker' && body.schema !== 2)) return [];
  const layers = body.kind === 'image' ? body.layers : dockerLayers(manifest);
  const [first, ...others] = layers;
  if (first?.mediaType.startsWith(BUNDLE_TYPE) && others.length === 0) {
    const predicateType = body.kind === 'image' ? body.annotations[PREDICATE_ANNOTATION] : undefined;
    return [{ format: 'bundle', layer: first, predicateType }];
  }
  return layers.flatMap((layer): SignatureLayer[] => {
    if (layer.mediaType === SIMPLE_SIGNING_TYPE) {
      return [{ format: 'simple-signing', layer, predicateType: COSIGN_SIGN }];
    }
    if (layer.mediaType !== DSSE_TYPE) return [];
    const predicateType = layer.annotations?.[LEGACY_PREDICATE_ANNOTATION];
    return [{ format: 'dsse', layer, predicateType: predicateType || undefined }];
  });
}
