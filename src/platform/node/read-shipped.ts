import { readFile } from 'node:fs/promises';
// Not by the index, which loads the schema.
import { shippedPath } from '../../config/shipped-file.ts';

// The folder of the package, from src/platform/node and from dist/platform/node.
const KEYS = new URL('../../../keys/', import.meta.url);

/**
 * Reads a file that comes with chartseal.
 * @param name as the configuration knows it, like `SHIPPED_PUBLIC_GOOD`
 */
export async function readShipped(name: string): Promise<Uint8Array> {
  const path = shippedPath(name);
  if (path === undefined) throw new TypeError(`${name} does not come with chartseal`);
  return new Uint8Array(await readFile(new URL(path, KEYS)));
}
