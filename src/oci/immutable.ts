/**
 * Does a registry refuse to put a manifest because its tag may not be moved? There is no code of the protocol for it;
 * these are the answers of the registries:
 * - Harbor: 412 PRECONDITION "… configured as immutable." (src/server/middleware/immutable/pushmf.go)
 * - ECR: 400 TAG_INVALID "The image tag '…' already exists … because the tag is immutable."
 * - Google: 400 MANIFEST_INVALID "cannot update tag …. The repository has enabled tag immutability"
 * - Quay, Docker Hub: "tag is immutable and cannot be overwritten"; Mirantis: "… cannot be overwritten because …"
 * - Azure: REGISTRY_DISALLOWED_OPERATION "The operation is disallowed on this registry, repository or image."
 * - Nexus: "Repository does not allow updating assets"
 * A tag that answers 405 or 409 is locked too: by digest the same manifest was taken before.
 * @param said code and message of the answer
 */
export function isImmutableRefusal(status: number, said: string): boolean {
  if (status < 400 || status >= 500 || status === 401 || status === 404 || status === 429) return false;
  if (status === 405 || status === 409) return true;
  return /immutab|cannot be overwritten|disallowed[ _]operation|operation is disallowed|does not allow updating/i.test(
    said,
  );
}
