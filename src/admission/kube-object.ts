/** An object of Kubernetes as it comes out of JSON: of no known shape, and nothing in it is trusted. */
export type KubeObject = Readonly<Record<string, unknown>>;

/** The API group of an object, without version; empty for the core group. */
export function groupOf(object: KubeObject): string {
  const [group = '', version] = String(object.apiVersion ?? '').split('/');
  return version === undefined ? '' : group;
}
