import { createHash } from 'node:crypto';
import { ChartsealError } from '../base/error.ts';
import type { Check } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import { type ArchiveLimits, DEFAULT_ARCHIVE_LIMITS } from './archive-limits.ts';
import { type Budget, ChartContents, Stop } from './chart-contents.ts';
import { Gunzip, GzipError } from './gunzip.ts';
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
  const unpacker = new Unpacker(contents, second, limits, budget, ({ path, bytes }) =>
    readPacked(path, bytes, contents, subcharts, limits, budget, depth),
  );
  const hash = createHash('sha256');
  let size = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > limits.compressedBytes) {
        throw new ChartsealError(
          'archive.too_large',
          `The archive is larger than ${limits.compressedBytes} bytes.`,
        );
      }
      hash.update(value);
      await unpacker.write(value);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  } finally {
    unpacker.close();
  }
  if (size === 0) contents.add('fail', 'archive.invalid', 'the archive is empty');
  else unpacker.end();
  const digest = `sha256:${hash.digest('hex')}` as const;
  return { digest, size, ...conclude(contents, subcharts, unpacker.whole) };
}

/** Takes compressed bytes for as long as they make sense; a check says why no more are taken. */
class Unpacker {
  readonly #gunzip = new Gunzip();
  readonly #tar: TarReader;
  readonly #contents: ChartContents;
  readonly #second: SecondReader;
  readonly #limits: ArchiveLimits;
  readonly #budget: Budget;
  readonly #packed: (archive: { path: string; bytes: Uint8Array }) => Promise<void>;
  #stopped = false;
  /** Everything was read to its end. */
  whole = false;

  constructor(
    contents: ChartContents,
    second: SecondReader,
    limits: ArchiveLimits,
    budget: Budget,
    packed: (archive: { path: string; bytes: Uint8Array }) => Promise<void>,
  ) {
    this.#tar = new TarReader(contents);
    this.#contents = contents;
    this.#second = second;
    this.#limits = limits;
    this.#budget = budget;
    this.#packed = packed;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#stopped) return;
    try {
      for await (const chunk of this.#gunzip.push(bytes)) {
        this.#budget.tarBytes -= chunk.length;
        if (this.#budget.tarBytes < 0) {
          this.#contents.stop('archive.too_large', `it unpacks to more than ${this.#limits.tarBytes} bytes`);
        }
        // The second reader would collect what follows the end marker.
        const ended = this.#tar.ended;
        this.#tar.write(chunk);
        if (!ended) this.#second.write(chunk);
        for (const archive of this.#contents.packed.splice(0)) await this.#packed(archive);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  end(): void {
    if (!this.#stopped) {
      try {
        this.#gunzip.end();
        this.#tar.end();
        this.#second.end();
        this.whole = true;
      } catch (error) {
        this.#failed(error);
      }
    }
    if (this.#gunzip.trailing) {
      this.#contents.add('fail', 'archive.trailing_data', 'there is data after the end of the gzip data');
    }
    if (this.#tar.trailing) {
      this.#contents.add('fail', 'archive.trailing_data', 'there is data after the end of the tar');
    }
    if (this.whole && !this.#tar.ended)
      this.#contents.add('info', 'archive.no_end', 'the tar has no end marker');
    if (this.#second.difference !== undefined) {
      const words = clean(this.#second.difference);
      this.#contents.add('fail', 'archive.ambiguous', `two readers of the tar disagree: ${words}`);
    }
  }

  close(): void {
    this.#gunzip.close();
  }

  #failed(error: unknown): void {
    this.#stopped = true;
    this.#gunzip.close();
    if (error instanceof TarError) {
      const early = error.message === 'unexpected EOF';
      this.#contents.add('fail', early ? 'archive.truncated' : 'archive.invalid', error.message);
    } else if (error instanceof GzipError) {
      const code = error.kind === 'truncated' ? 'archive.truncated' : 'archive.invalid';
      this.#contents.add('fail', code, clean(error.message));
    } else if (!(error instanceof Stop)) throw error;
  }
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
