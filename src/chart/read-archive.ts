import { createHash } from 'node:crypto';
import { createGunzip, type Gunzip } from 'node:zlib';
import { ChartsealError } from '../base/error.ts';
import type { Check } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import { type ArchiveLimits, DEFAULT_ARCHIVE_LIMITS } from './archive-limits.ts';
import { type Budget, ChartContents, Stop } from './chart-contents.ts';
import type { ChartMetadata, Dependency } from './metadata.ts';
import { SecondReader } from './second-reader.ts';
import { TarError } from './tar-header.ts';
import { TarReader } from './tar-reader.ts';

/** What an archive holds. */
export interface ArchiveFacts {
  /** Of all compressed bytes, whatever was found in them. */
  digest: `sha256:${string}`;
  /** Compressed bytes. */
  size: number;
  /** Chart.yaml with requirements.yaml merged as Helm does; name and version are '' when there is none. */
  metadata: ChartMetadata;
  /** The directory in the archive that holds the chart; undefined when it could not be told. */
  baseDirectory: string | undefined;
  files: { count: number; bytes: number };
  /** Charts below charts/, unpacked or packed; not those that Helm ignores (names that begin with "_" or "."). */
  subcharts: { path: string; name?: string; version?: string }[];
  dependencies: Dependency[];
  /** Every trap as a failing check, facts as `info`; one passing check `archive.read` when nothing failed. */
  checks: Check[];
}

/**
 * Reads a chart archive in one pass: hash, gunzip, untar, Chart.yaml, within Helm's limits. What is wrong with the
 * archive is a failing check, not an exception; the digest is that of all bytes even then.
 * @throws ChartsealError `archive.too_large` when there are more compressed bytes than allowed; what the stream throws
 */
export function readArchive(
  stream: ReadableStream<Uint8Array>,
  options: Partial<ArchiveLimits> = {},
): Promise<ArchiveFacts> {
  const limits = { ...DEFAULT_ARCHIVE_LIMITS, ...options };
  return read(stream, limits, { tarBytes: limits.tarBytes, entries: limits.entries }, 0);
}

async function read(
  stream: ReadableStream<Uint8Array>,
  limits: ArchiveLimits,
  budget: Budget,
  depth: number,
): Promise<ArchiveFacts> {
  const second = new SecondReader();
  const contents = new ChartContents(limits, budget, (entry) => second.expect(entry));
  const subcharts: ArchiveFacts['subcharts'] = [];
  const gunzip = createGunzip();
  const [feeding, unpacking] = await Promise.allSettled([
    feed(stream, gunzip, limits.compressedBytes),
    unpack(gunzip, contents, second, limits, budget, async ({ path, bytes }) => {
      await readPacked(path, bytes, contents, subcharts, limits, budget, depth);
    }),
  ]);
  if (feeding.status === 'rejected') throw feeding.reason;
  if (unpacking.status === 'rejected') throw unpacking.reason;
  const { digest, size } = feeding.value;
  if (unpacking.value === 'whole' && gunzip.bytesWritten < size) {
    contents.add(
      'fail',
      'archive.trailing_data',
      `${size - gunzip.bytesWritten} bytes after the end of the gzip data`,
    );
  }
  if (size === 0) {
    contents.checks.length = 0;
    contents.add('fail', 'archive.invalid', 'the archive is empty');
  }
  return { digest, size, ...conclude(contents, subcharts, unpacking.value === 'whole') };
}

/** Hashes all bytes and hands them to gunzip for as long as it takes them. */
async function feed(
  stream: ReadableStream<Uint8Array>,
  gunzip: Gunzip,
  most: number,
): Promise<{ digest: `sha256:${string}`; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > most) {
        throw new ChartsealError('archive.too_large', `The archive is larger than ${most} bytes.`);
      }
      hash.update(value);
      await push(gunzip, value);
    }
  } catch (error) {
    gunzip.destroy();
    await reader.cancel(error).catch(() => undefined);
    throw error;
  }
  if (!gunzip.destroyed) gunzip.end();
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

function push(gunzip: Gunzip, chunk: Uint8Array): Promise<void> {
  if (gunzip.destroyed || gunzip.readableEnded || gunzip.write(chunk)) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      for (const event of ['drain', 'close', 'error', 'end']) gunzip.off(event, go);
      resolve();
    };
    for (const event of ['drain', 'close', 'error', 'end']) gunzip.on(event, go);
  });
}

/** Reads the tar until it ends, cannot be read or exceeds a limit. */
async function unpack(
  gunzip: Gunzip,
  contents: ChartContents,
  second: SecondReader,
  limits: ArchiveLimits,
  budget: Budget,
  packed: (archive: { path: string; bytes: Uint8Array }) => Promise<void>,
): Promise<'whole' | 'part'> {
  const tar = new TarReader(contents);
  // The last error must not stay without a listener when reading stops early.
  gunzip.on('error', () => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      budget.tarBytes -= chunk.length;
      if (budget.tarBytes < 0)
        contents.stop('archive.too_large', `it unpacks to more than ${limits.tarBytes} bytes`);
      tar.write(chunk);
      second.write(chunk);
      for (const archive of contents.packed.splice(0)) await packed(archive);
    }
    tar.end();
    second.end();
    if (tar.trailing) contents.add('fail', 'archive.trailing_data', 'there is data after the end of the tar');
    if (!tar.ended) contents.add('info', 'archive.no_end', 'the tar has no end marker');
    return 'whole';
  } catch (error) {
    if (error instanceof TarError) {
      const early = error.message === 'unexpected EOF';
      contents.add('fail', early ? 'archive.truncated' : 'archive.invalid', error.message);
    } else if (!(error instanceof Stop)) {
      gunzipFailed(error, tar, contents);
    }
    return 'part';
  } finally {
    if (second.difference !== undefined) {
      contents.add(
        'fail',
        'archive.ambiguous',
        `two readers of the tar disagree: ${clean(second.difference)}`,
      );
    }
    gunzip.destroy();
  }
}

function gunzipFailed(error: unknown, tar: TarReader, contents: ChartContents): void {
  const { code, message } = error as { code?: unknown; message?: unknown };
  // Given up from outside: the feeding side has the reason.
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  if (typeof code !== 'string' || !code.startsWith('Z_')) throw error;
  if (tar.ended) contents.add('fail', 'archive.trailing_data', `after the end of the tar: ${clean(message)}`);
  else if (code === 'Z_BUF_ERROR') contents.add('fail', 'archive.truncated', 'the gzip data ends early');
  else contents.add('fail', 'archive.invalid', `gzip: ${clean(message)}`);
}

async function readPacked(
  path: string,
  bytes: Uint8Array,
  contents: ChartContents,
  subcharts: ArchiveFacts['subcharts'],
  limits: ArchiveLimits,
  budget: Budget,
  depth: number,
): Promise<void> {
  if (isIgnored(path)) return;
  if (depth + 1 >= limits.depth) {
    contents.add(
      'fail',
      'archive.too_large',
      `${clean(path)}: more than ${limits.depth} archives within each other`,
    );
    return;
  }
  const inner = await read(new Blob([bytes as BlobPart]).stream(), limits, budget, depth + 1);
  subcharts.push(subchart(path, inner.metadata));
  for (const { path: deeper, ...rest } of inner.subcharts)
    subcharts.push({ path: `${path}/${deeper}`, ...rest });
  // Helm loads subcharts by the same rules, so one bad subchart spoils the chart.
  for (const check of inner.checks) {
    if (check.outcome === 'fail') contents.add('fail', check.code!, `${clean(path)}: ${check.message}`);
  }
}

function conclude(
  contents: ChartContents,
  subcharts: ArchiveFacts['subcharts'],
  whole: boolean,
): Omit<ArchiveFacts, 'digest' | 'size'> {
  const all = contents.metadata();
  const metadata = all.get('') ?? { name: '', version: '' };
  for (const [path, found] of all) if (path !== '' && !isIgnored(path)) subcharts.push(subchart(path, found));
  if (!all.has('') && whole) {
    contents.add('fail', 'archive.no_chart', 'there is no Chart.yaml in the base directory');
  }
  const bases = [...contents.bases.keys()];
  if (bases.length > 1) {
    const shown = bases.slice(0, 3).map((base) => JSON.stringify(clean(base)));
    contents.add('fail', 'archive.several_roots', `files under ${shown.join(', ')}`);
  } else if (all.has('') && bases[0] !== metadata.name) {
    const words = `the base directory is ${JSON.stringify(clean(bases[0]))}, the chart ${JSON.stringify(clean(metadata.name))}`;
    contents.add('info', 'archive.base_name', words);
  }
  for (const { path, name, version } of subcharts) {
    contents.add(
      'info',
      'archive.subchart',
      `${clean(path)}: ${clean(name ?? 'no name')} ${clean(version ?? '')}`.trim(),
    );
  }
  const dependencies = (metadata.dependencies ?? []).filter((dependency) => dependency !== null);
  for (const { name, version, repository } of dependencies) {
    const words = `${clean(name)} ${clean(version ?? '')} ${clean(repository)}`.replace(/ +/g, ' ').trim();
    contents.add('info', 'archive.dependency', words);
  }
  const checks = contents.checks;
  if (!checks.some((check) => check.outcome === 'fail')) {
    checks.unshift({
      name: 'archive',
      outcome: 'pass',
      code: 'archive.read',
      message: `${contents.files} files read`,
    });
  }
  return {
    metadata,
    baseDirectory: bases.length === 1 ? bases[0] : undefined,
    files: { count: contents.files, bytes: contents.bytes },
    subcharts,
    dependencies,
    checks,
  };
}

function subchart(path: string, { name, version }: ChartMetadata): ArchiveFacts['subcharts'][number] {
  return { path, ...(name === '' ? {} : { name }), ...(version === '' ? {} : { version }) };
}

/** helm:pkg/chart/v2/loader/load.go: `strings.IndexAny(n, "_.") == 0`. */
function isIgnored(path: string): boolean {
  return path.split('/').some((segment, i, all) => i > 0 && all[i - 1] === 'charts' && /^[_.]/.test(segment));
}
