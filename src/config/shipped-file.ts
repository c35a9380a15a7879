/**
 * Names of files that come with chartseal, as `readFile` gets them: no file of a user is called so. Whoever reads files
 * for a configuration takes them from the folder `keys` of the package, or out of the bundle.
 */
const SHIPPED = 'chartseal:';

export const SHIPPED_TUF_ROOT = `${SHIPPED}sigstore/tuf-root.json`;
export const SHIPPED_PUBLIC_GOOD = `${SHIPPED}sigstore/public-good.json`;

/** The path below `keys` for the name of a file that comes with chartseal; undefined for a file of the user. */
export function shippedPath(name: string): string | undefined {
  const path = name.startsWith(SHIPPED) ? name.slice(SHIPPED.length) : '';
  return /^sigstore\/[a-z-]+\.json$/.test(path) ? path : undefined;
}
