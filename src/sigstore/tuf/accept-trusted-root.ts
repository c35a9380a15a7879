import { ChartsealError } from '../../base/error.ts';
import { readTrustedRoot } from '../read-trusted-root.ts';

/**
 * Refuses what is no trusted root, before it takes the place of one: a good signature says who published it, not that
 * it can be used here. It is read as it will be read from the store, so that none is kept with which no service starts.
 * @throws ChartsealError `sigstore.root_invalid`
 */
export async function acceptTrustedRoot(bytes: Uint8Array): Promise<void> {
  const { material } = await readTrustedRoot(bytes);
  const { certificateAuthorities, tlogs, timestampAuthorities } = material;
  if (certificateAuthorities.length > 0 && tlogs.length + timestampAuthorities.length > 0) return;
  throw new ChartsealError(
    'sigstore.root_invalid',
    'the fetched trusted root names no authority, or nothing that tells the time of a signature',
  );
}
