import { ChartsealError } from '../base/error.ts';
import type { Descriptor } from './descriptor.ts';
import type { Manifest } from './manifest.ts';
import { readDescriptor, readList, readObject } from './manifest-fields.ts';
import { strictJson } from './strict-json.ts';

/**
 * The layers of a Docker image manifest (schema 2): it has the same fields as OCI's but no `subject`. Charts are never
 * written so; cosign's legacy signatures are, with COSIGN_DOCKER_MEDIA_TYPES=1 (cosign:pkg/oci/empty/empty.go).
 * @throws ChartsealError `manifest.invalid` for layers that cannot be read and manifests of another kind
 */
export function dockerLayers({ bytes, body }: Manifest): Descriptor[] {
  if (body.kind !== 'docker' || body.schema !== 2) {
    throw new ChartsealError('manifest.invalid', 'the manifest cannot be used: it is no Docker manifest');
  }
  // It was read strictly once already, when it was fetched.
  const { layers } = readObject(strictJson(new TextDecoder().decode(bytes)), 'manifest');
  return readList(layers, 'layers').map((one, i) => readDescriptor(one, `layers[${i}]`));
}
