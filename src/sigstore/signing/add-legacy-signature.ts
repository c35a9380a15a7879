import { ChartsealError } from '../../base/error.ts';
import type { Digest, Reference, RegistrySession } from '../../oci/index.ts';
import {
  type LegacyManifest,
  layerKey,
  NO_SIGNATURES,
  type RawDescriptor,
  readLegacyManifest,
  SIMPLE_SIGNING,
  writeLegacyConfig,
  writeLegacyManifest,
} from './legacy-manifest.ts';
import type { LegacySignature } from './signer.ts';

/** Where a legacy signature was put. */
interface AddedLegacySignature {
  tag: string;
  /** Of the manifest that the tag names now. */
  digest: Digest;
  /** How many signatures it holds. */
  signatures: number;
}

/** How it is put there. */
interface AddLegacyOptions {
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
  signal?: AbortSignal | undefined;
}

/** The tag under which cosign 1 and 2 look for signatures of a manifest (cosign:pkg/oci/remote/remote.go). */
export function legacyTag(subject: Digest): string {
  return `${subject.replace(':', '-')}.sig`;
}

const TRIES = 8;
// cosign reads no more (cosign:pkg/oci/mutate/signatures.go).
const MAX_SIGNATURES = 1000;
const MAX_CONFIG = 1024 * 1024;
// Between writing the tag and looking at it: another writer who read it before must have written by then.
const SETTLE_MS = 250;

/**
 * Adds a signature to the manifest under the `.sig` tag of a chart; what is there stays. Registries measured ignore If-Match, and
 * cosign itself loses signatures of those who sign at the same time, so after each write the tag is read again a moment later,
 * and written again until the own signature and every one seen on the way are in it. Writers of one service should hold a
 * lease on the subject all the same.
 * @param session with action `push` and `noCache`: a cached manifest would bring lost signatures about
 * @throws ChartsealError `registry.upload_refused` (the tag names something else; or others keep overwriting it: then
 *   retryable), `registry.tag_immutable`, `registry.too_large` (the manifest is full), other `registry.*`, `manifest.invalid`
 */
export async function addLegacySignature(
  session: RegistrySession,
  ref: Reference,
  subject: Digest,
  { payload, annotations }: LegacySignature,
  options: AddLegacyOptions,
): Promise<AddedLegacySignature> {
  const tag = legacyTag(subject);
  const what = `registry ${ref.host}, manifest ${ref.repository}:${tag}`;
  const blob = await session.putBlob(ref, payload);
  const own = { mediaType: SIMPLE_SIGNING, size: blob.size, digest: blob.digest, annotations };
  const wanted = new Map<string, RawDescriptor>([[layerKey(own), own]]);
  for (let writes = 0; ; writes++) {
    const { manifest: now, digest } = await readTag(session, ref, tag, what);
    const there = new Set(now.layers.map(layerKey));
    if (digest !== undefined && [...wanted.keys()].every((key) => there.has(key))) {
      return { tag, digest, signatures: now.layers.length };
    }
    if (writes >= TRIES) throw overwritten(what, writes);
    if (writes > 0) await pause(options, SETTLE_MS * options.random());
    for (const layer of now.layers) if (!wanted.has(layerKey(layer))) wanted.set(layerKey(layer), layer);
    const missing = [...wanted].filter(([key]) => !there.has(key)).map(([, layer]) => layer);
    await write(session, ref, tag, what, { now, digest, layers: [...now.layers, ...missing] });
    await pause(options, SETTLE_MS * (1 + options.random()));
  }
}

async function readTag(
  session: RegistrySession,
  ref: Reference,
  tag: string,
  what: string,
): Promise<{ manifest: LegacyManifest; digest?: Digest }> {
  try {
    const manifest = await session.getManifest(ref, tag);
    return { manifest: readLegacyManifest(manifest, what), digest: manifest.digest };
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'chart.not_found')
      return { manifest: NO_SIGNATURES };
    throw error;
  }
}

async function write(
  session: RegistrySession,
  ref: Reference,
  tag: string,
  what: string,
  o: { now: LegacyManifest; digest: Digest | undefined; layers: RawDescriptor[] },
): Promise<void> {
  if (o.layers.length > MAX_SIGNATURES) {
    throw new ChartsealError(
      'registry.too_large',
      `${what}: it would hold ${o.layers.length} signatures, and cosign reads ${MAX_SIGNATURES}`,
      { help: 'Remove signatures that are not needed any more: cosign clean.' },
    );
  }
  const before = o.now.config === undefined ? undefined : await readConfig(session, ref, o.now.config);
  const config = await session.putBlob(ref, writeLegacyConfig(before, o.layers));
  const bytes = writeLegacyManifest(o.now, config, o.layers);
  try {
    await session.putManifest(
      ref,
      tag,
      bytes,
      o.now.mediaType,
      o.digest === undefined ? {} : { ifMatch: o.digest },
    );
  } catch (error) {
    // Somebody was faster: what the tag names shows the next reading.
    if (!(error instanceof ChartsealError) || error.code !== 'registry.precondition') throw error;
  }
}

/** The config as it is, to keep what else stands in it. Without it the signatures are as good: it is made anew then. */
async function readConfig(
  session: RegistrySession,
  ref: Reference,
  config: NonNullable<LegacyManifest['config']>,
): Promise<Uint8Array | undefined> {
  try {
    return await session.getBlob(ref, config, MAX_CONFIG);
  } catch (error) {
    const gone = error instanceof ChartsealError && LOST.has(error.code);
    if (gone) return undefined;
    throw error;
  }
}

const LOST = new Set(['registry.blob_missing', 'registry.digest_mismatch', 'registry.too_large']);

async function pause({ sleep, signal }: AddLegacyOptions, ms: number): Promise<void> {
  if (signal?.aborted) throw cancelled();
  await sleep(ms, signal ?? new AbortController().signal);
  if (signal?.aborted) throw cancelled();
}

function cancelled(): ChartsealError {
  return new ChartsealError(
    'registry.cancelled',
    'the work was given up while a signature was being written',
    {
      retryable: true,
    },
  );
}

function overwritten(what: string, writes: number): ChartsealError {
  return new ChartsealError(
    'registry.upload_refused',
    `${what}: others overwrote the signatures ${writes} times`,
    { retryable: true, help: 'Try again when fewer sign at the same time.' },
  );
}
