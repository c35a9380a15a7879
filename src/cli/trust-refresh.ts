import { basename, dirname, resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';
import { PUBLIC_GOOD_MIRROR, SHIPPED_TUF_ROOT } from '../config/index.ts';
import { folderStore } from '../platform/node/folder-store.ts';
import type { Io } from '../platform/node/io.ts';
import { readShipped } from '../platform/node/read-shipped.ts';
import { toSafeJson } from '../report/index.ts';
import { readTrustedRoot } from '../sigstore/index.ts';
import {
  createMemoryTufStore,
  parseMetadata,
  type Refreshed,
  refreshTargets,
  TRUSTED_ROOT,
  verifyRole,
} from '../sigstore/tuf/index.ts';
import { EXIT } from './exit-status.ts';
import { fileTrouble, kindOfPath, readNamedFile } from './files.ts';
import { openFetch } from './open-fetch.ts';
import { usageError } from './usage-error.ts';
import { withProgress } from './with-progress.ts';

/** The options of `chartseal trust refresh` as commander gives them. */
interface TrustRefreshOptions {
  mirror?: string;
  root?: string;
  out: string;
  rootOut?: string;
  caFile?: string;
  format: string;
}

/**
 * `chartseal trust refresh`: a file with the newest trusted root of a sigstore instance, fetched through TUF. Nothing is
 * remembered from one run to the next, so only the expiry of the metadata keeps an old trusted root from being shown as
 * the newest; a service remembers.
 * @throws ChartsealError `usage.invalid`, `file.unreadable`, `tuf.*`, `sigstore.root_invalid`
 */
export async function trustRefreshCommand(options: TrustRefreshOptions, io: Io): Promise<number> {
  const mirror = options.mirror ?? PUBLIC_GOOD_MIRROR;
  const host = hostOf(mirror);
  const root = await readRoot(options.root, io);
  const before = await readOut(options.out, io);
  const { fetch, close } = await openFetch({ host, caFile: options.caFile }, io);
  let refreshed: Refreshed;
  try {
    refreshed = await withProgress(host, io, () =>
      refreshTargets({
        mirror,
        root,
        fetch,
        clock: io.clock,
        store: createMemoryTufStore(),
        accept: readTrustedRoot,
      }),
    );
  } finally {
    await close();
  }
  const bytes = refreshed.files.get(TRUSTED_ROOT) as Uint8Array;
  const changed = before === undefined || !Buffer.from(before).equals(bytes);
  if (changed) await write('--out', options.out, bytes, io);
  if (options.rootOut !== undefined) await write('--root-out', options.rootOut, refreshed.root, io);
  await show(refreshed, bytes, { changed, format: options.format }, io);
  return EXIT.allow;
}

function hostOf(mirror: string): string {
  const { protocol, host } = URL.canParse(mirror) ? new URL(mirror) : { protocol: '', host: '' };
  // Which hosts may be asked without TLS is for the client to say.
  if (protocol === 'https:' || (protocol === 'http:' && /^(127\.|\[::1\])/.test(host))) return host;
  throw usageError(
    `--mirror is "${clean(mirror)}"; allowed is an https URL`,
    'Plain http is for 127.0.0.1 and [::1] only.',
  );
}

async function readRoot(path: string | undefined, io: Io): Promise<Uint8Array> {
  if (path === undefined) return readShipped(SHIPPED_TUF_ROOT);
  const bytes = await readNamedFile(path, io.cwd, '--root');
  try {
    const root = parseMetadata('root', bytes);
    verifyRole(root, root);
    return bytes;
  } catch (error) {
    const why = error instanceof ChartsealError ? error.message : 'it cannot be read';
    throw usageError(
      `--root ${clean(path)} is no TUF root: ${why}`,
      'Give the root.json of the TUF repository.',
    );
  }
}

async function readOut(path: string, io: Io): Promise<Uint8Array | undefined> {
  if ((await kindOfPath(path, io.cwd)) === 'nothing') return undefined;
  return readNamedFile(path, io.cwd, '--out');
}

async function write(flag: string, path: string, bytes: Uint8Array, io: Io): Promise<void> {
  const absolute = resolve(io.cwd, path);
  try {
    await folderStore(dirname(absolute)).set(basename(absolute), bytes);
  } catch (error) {
    const { cause } = error as ChartsealError;
    throw new ChartsealError(
      'file.unreadable',
      `${flag} ${clean(path)} cannot be written: ${fileTrouble(cause)}`,
      { cause },
    );
  }
  io.stderr.write(`wrote ${clean(path)}\n`);
}

async function show(
  { versions, expires, root }: Refreshed,
  bytes: Uint8Array,
  { changed, format }: { changed: boolean; format: string },
  io: Io,
): Promise<void> {
  const digest = `sha256:${toHex(await sha256(bytes))}`;
  const until = new Date(expires).toISOString();
  const rootUntil = new Date(parseMetadata('root', root).expires).toISOString();
  if (format === 'json') {
    io.stdout.write(`${toSafeJson({ digest, changed, expires: until, rootExpires: rootUntil, versions })}\n`);
    return;
  }
  const lines = [
    `trusted root  ${digest}, ${changed ? 'which is new' : 'unchanged'}`,
    `vouched for   until ${until} (timestamp ${versions.timestamp}, snapshot ${versions.snapshot}, targets ${versions.targets})`,
    `TUF root      version ${versions.root}, until ${rootUntil}`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
