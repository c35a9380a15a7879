import { readFile } from 'node:fs/promises';
import { ChartsealError } from '../../base/error.ts';
// Not by the index: a command without a configuration needs nothing of the schema, which takes long to load.
import { shippedPath } from '../../config/shipped-file.ts';

// The folder of the package, from src/platform/node and from dist/platform/node.
const KEYS = new URL('../../../keys/', import.meta.url);

/**
 * Reads a file that comes with chartseal.
 * @param name as the configuration knows it, like `SHIPPED_PUBLIC_GOOD`
 * @throws ChartsealError sigstore.root_invalid when the installation lacks it
 */
export async function readShipped(name: string): Promise<Uint8Array> {
  const path = shippedPath(name);
  if (path === undefined) throw new TypeError(`${name} does not come with chartseal`);
  try {
    return new Uint8Array(await readFile(new URL(path, KEYS)));
  } catch (cause) {
    throw new ChartsealError(
      'sigstore.root_invalid',
      `keys/${path} is missing from this installation of chartseal`,
      { help: 'Install chartseal again, or name a file of your own.', cause },
    );
  }
}
