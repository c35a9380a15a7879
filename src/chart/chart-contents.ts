import type { Code } from '../base/codes.ts';
import type { Check } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { chartPath } from './chart-path.ts';
import type { ChartMetadata } from './metadata.ts';
import { MetadataError, readMetadata } from './read-metadata.ts';
import { readYaml, type YamlValue } from './read-yaml.ts';
import { sanitiseMetadata } from './sanitise-metadata.ts';
import type { TarEntry, TarListener } from './tar-reader.ts';
import { validateMetadata } from './validate-metadata.ts';
import { YamlError } from './yaml-error.ts';

/** What an archive may still use up; one for it and all archives within. */
export interface Budget {
  tarBytes: number;
  entries: number;
}

/** Thrown to stop reading an archive; a check says why. */
export class Stop extends Error {}

const CHART = /^(?:(charts\/(?:[^/]+\/charts\/)*[^/]+)\/)?(Chart|requirements)\.yaml$/;
const PACKED = /^charts\/(?:[^/]+\/charts\/)*[^/]+\.tgz$/;
const BOM = [0xef, 0xbb, 0xbf];

/** Collects what the entries of one archive say. Its life is that of the archive. */
export class ChartContents implements TarListener {
  readonly checks: Check[] = [];
  readonly packed: { path: string; bytes: Uint8Array }[] = [];
  readonly bases = new Map<string, string>(); // base directory → a file in it
  files = 0;
  bytes = 0;
  readonly #limits: ArchiveLimits;
  readonly #budget: Budget;
  readonly #entries: (entry: TarEntry) => void;
  readonly #seen = new Map<string, string>(); // lower-case path → path
  readonly #documents = new Map<string, { chart: Uint8Array[]; requirements: Uint8Array[] }>();
  readonly #paths = new Map<TarEntry, string>();

  constructor(limits: ArchiveLimits, budget: Budget, entries: (entry: TarEntry) => void) {
    this.#limits = limits;
    this.#budget = budget;
    this.#entries = entries;
  }

  add(outcome: 'fail' | 'info', code: Code, message: string): void {
    if (this.checks.length < this.#limits.checks)
      this.checks.push({ name: 'archive', outcome, code, message });
    // A failure is never crowded out by facts.
    else if (outcome === 'fail' && !this.checks.some((check) => check.outcome === 'fail')) {
      this.checks[this.checks.length - 1] = { name: 'archive', outcome, code, message };
    }
  }

  stop(code: Code, message: string): never {
    this.add('fail', code, message);
    throw new Stop(message);
  }

  entry(entry: TarEntry): boolean {
    this.#entries(entry);
    if (--this.#budget.entries < 0)
      this.stop('archive.too_large', `more than ${this.#limits.entries} entries`);
    if (entry.type === 'g') return false;
    const { name, shown } = this.#name(entry);
    if (entry.sparse) this.stop('archive.sparse', `${shown} is a sparse file`);
    if (entry.type === '5') {
      // Helm skips directories without a look at their names; tools that unpack do not.
      for (const problem of chartPath(`${name.replace(/\/+$/, '')}/x`).problems) {
        if (problem.code === 'archive.path') this.add('fail', problem.code, `${shown}: ${problem.message}`);
      }
      return false;
    }
    if ((entry.mode & ~0o7777) === 0o40000) {
      // helm asks hd.FileInfo().IsDir(), which also believes the mode.
      this.add('fail', 'archive.ambiguous', `${shown} is a file whose mode says directory, which Helm skips`);
      return false;
    }
    if (entry.type === '1' || entry.type === '2') this.add('fail', 'archive.link', `${shown} is a link`);
    else if (entry.type !== '0')
      this.add('fail', 'archive.special', `${shown} is neither file nor directory`);
    this.#size(entry, shown);
    const { base, path, problems } = chartPath(name);
    for (const { code, message } of problems) this.add('fail', code, `${shown}: ${message}`);
    if (!this.bases.has(base) && this.bases.size < 10) this.bases.set(base, shown);
    if (path === undefined) return false;
    this.#remember(path);
    const wanted = CHART.test(path) || PACKED.test(path);
    if (wanted) this.#paths.set(entry, path);
    return wanted;
  }

  content(entry: TarEntry, bytes: Uint8Array): void {
    const path = this.#paths.get(entry) ?? '';
    this.#paths.delete(entry);
    if (PACKED.test(path)) {
      this.packed.push({ path, bytes });
      return;
    }
    const [, where = '', which] = CHART.exec(path) ?? [];
    const documents = this.#documents.get(where) ?? { chart: [], requirements: [] };
    this.#documents.set(where, documents);
    const list = which === 'Chart' ? documents.chart : documents.requirements;
    // Duplicates fail already; a second one shows what Helm would make of both, more are not kept.
    if (list.length < 2 && bytes.length <= 1024 * 1024) list.push(bytes);
    else if (bytes.length > 1024 * 1024)
      this.add('fail', 'archive.chart_yaml', `${clean(path)} is larger than 1 MiB`);
  }

  /** Metadata of the chart ('') and of every unpacked subchart, by directory, sanitised as by Helm's loader. */
  metadata(): Map<string, ChartMetadata> {
    const found = new Map<string, ChartMetadata>();
    for (const [where, { chart, requirements }] of this.#documents) {
      if (chart.length === 0) continue;
      const prefix = where === '' ? '' : `${where}/`;
      let metadata: ChartMetadata = { name: '', version: '' };
      for (const bytes of chart) metadata = this.#read(`${prefix}Chart.yaml`, bytes, metadata);
      // helm:pkg/chart/v2/loader/load.go: without one a chart is of version 1.
      if (metadata.apiVersion === undefined) metadata = { ...metadata, apiVersion: 'v1' };
      for (const bytes of requirements) metadata = this.#read(`${prefix}requirements.yaml`, bytes, metadata);
      const invalid = validateMetadata(metadata);
      if (invalid !== undefined)
        this.add('fail', 'archive.chart_yaml', `${clean(prefix)}Chart.yaml: ${clean(invalid)}`);
      found.set(where, sanitiseMetadata(metadata));
    }
    return found;
  }

  #read(path: string, bytes: Uint8Array, onto: ChartMetadata): ChartMetadata {
    const fail = (words: string): ChartMetadata => {
      this.add('fail', 'archive.chart_yaml', `cannot load ${clean(path)}: ${clean(words)}`);
      return onto;
    };
    const hasMark = BOM.every((byte, i) => bytes[i] === byte);
    if (hasMark) this.add('info', 'archive.bom', `${clean(path)} begins with a byte order mark`);
    let value: YamlValue;
    try {
      value = readYaml(
        new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(hasMark ? 3 : 0)),
      );
    } catch (error) {
      if (error instanceof YamlError) return fail(`error converting YAML to JSON: ${error.message}`);
      if (error instanceof TypeError) return fail('it is not UTF-8');
      throw error;
    }
    try {
      return readMetadata(value, onto);
    } catch (error) {
      if (error instanceof MetadataError) return fail(error.message);
      throw error;
    }
  }

  #name(entry: TarEntry): { name: string; shown: string } {
    if (entry.name.length > this.#limits.pathBytes) {
      this.stop('archive.too_large', `a file name is longer than ${this.#limits.pathBytes} bytes`);
    }
    const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry.name);
    const shown = clean(name);
    if (name.includes('\ufffd') || /[\0-\x1f\x7f]/.test(name)) {
      this.add('fail', 'archive.name', `${shown}: a name that is not plain UTF-8 text`);
    }
    return { name, shown };
  }

  #size(entry: TarEntry, shown: string): void {
    const { fileBytes, totalBytes } = this.#limits;
    if (entry.size > fileBytes) {
      this.stop(
        'archive.too_large',
        `${shown} is larger than ${fileBytes} bytes, the most Helm reads of a file`,
      );
    }
    this.files++;
    this.bytes += entry.size;
    if (this.bytes >= totalBytes) {
      this.stop(
        'archive.too_large',
        `the files are larger than ${totalBytes} bytes together, the most Helm reads`,
      );
    }
  }

  #remember(path: string): void {
    const folded = path.toLowerCase();
    const before = this.#seen.get(folded);
    if (before === path) this.add('fail', 'archive.duplicate', `${clean(path)} is there more than once`);
    else if (before !== undefined) {
      this.add('info', 'archive.case_duplicate', `${clean(path)} and ${clean(before)} differ in case only`);
    } else this.#seen.set(folded, path);
  }
}
