import type { Digest, Reference, RegistryClient } from '../oci/index.ts';

/** The digest that a tag names now, in one request where the registry says it. @throws ChartsealError registry.*, chart.not_found */
export async function resolveTag(client: RegistryClient, reference: Reference): Promise<Digest> {
  const session = client.session({ noCache: true });
  const tag = reference.tag ?? '';
  return (await session.headManifest(reference, tag)) ?? (await session.getManifest(reference, tag)).digest;
}
