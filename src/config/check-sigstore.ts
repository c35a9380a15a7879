import type { CheckContext } from './check-context.ts';
import { checkOrigin } from './check-origin.ts';
import type { TrustRefresh } from './config.ts';
import { mapOf } from './plain.ts';
import { quote } from './problem.ts';
import { sigstoreSchema } from './schema.ts';
import { SHIPPED_PUBLIC_GOOD, SHIPPED_TUF_ROOT } from './shipped-file.ts';
import { wordsOf } from './words-of.ts';

/** Where the public-good instance of sigstore publishes its trusted root. */
export const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';
const DEFAULT_HOURS = 24;
const DEFAULT_FOLDER = 'data/sigstore';
const HOUR = 60 * 60 * 1000;
const PATH = ['sigstore', 'refresh'];

type Needed = Pick<CheckContext, 'readFile' | 'runtime' | 'report'>;

/**
 * Checks `sigstore` beyond its shape and reads the TUF root it names.
 * @returns undefined if nothing is refreshed
 */
export async function checkSigstore(raw: unknown, context: Needed): Promise<TrustRefresh | undefined> {
  const text = sigstoreSchema.safeParse(raw ?? {}).data?.refresh;
  const fields = mapOf(mapOf(raw).refresh);
  if (context.runtime === 'edge') {
    const notHere: Record<string, string> = {
      every: 'at the edge the cron trigger in wrangler.toml says how often; remove it',
      folder: 'at the edge it is kept in the KV namespace that wrangler.toml binds as TRUST; remove it',
    };
    for (const [key, why] of Object.entries(notHere)) {
      if (fields[key] !== undefined) context.report([...PATH, key], why);
    }
  }
  if (fields.root !== undefined && fields.trustedRoot === undefined) {
    context.report(
      [...PATH, 'root'],
      'found a TUF root without trustedRoot beside it; name there the trusted_root.json of the same instance, which holds until the first refresh',
    );
  }
  const mirror = checkOrigin(text?.mirror ?? PUBLIC_GOOD_MIRROR, { path: true });
  if ('problem' in mirror) context.report([...PATH, 'mirror'], mirror.problem);
  if (text === undefined) return undefined;
  const root = await readRoot(text.root, context);
  if (root === undefined || 'problem' in mirror) return undefined;
  return {
    mirror: mirror.origin,
    root,
    trustedRoot: text.trustedRoot ?? SHIPPED_PUBLIC_GOOD,
    everyMs: (text.every ?? DEFAULT_HOURS) * HOUR,
    folder: text.folder ?? DEFAULT_FOLDER,
  };
}

async function readRoot(written: string | undefined, context: Needed): Promise<Uint8Array | undefined> {
  const path = [...PATH, 'root'];
  const file = written ?? SHIPPED_TUF_ROOT;
  let bytes: Uint8Array;
  try {
    bytes = await context.readFile(file);
  } catch (error) {
    context.report(path, `cannot read the file ${quote(file)}: ${wordsOf(error)}`);
    return undefined;
  }
  try {
    // Loaded only where something is refreshed: every command reads a configuration.
    const { parseMetadata, verifyRole } = await import('../sigstore/tuf/index.ts');
    const root = parseMetadata('root', bytes);
    verifyRole(root, root);
    return bytes;
  } catch (error) {
    context.report(
      path,
      `cannot use the file ${quote(file)}: ${wordsOf(error)}; give the root.json of a TUF repository`,
    );
    return undefined;
  }
}
