import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readArchive } from '../../src/chart/index.ts';
import { vectorsDir } from '../support/vectors.ts';
import type { Helm } from './helm.ts';
import { digestOf, getBlob, getManifest, PROVENANCE_LAYER, type RawManifest } from './raw.ts';

/** `helm push` writes the time of the archive into the manifest. */
const PACKAGED = new Date('2026-11-20T09:30:00Z');

export interface RealChart {
  /** Folder and file below the vectors, for names of tests. */
  name: string;
  archive: string;
}

/** The archives of `../shared/vectors/real-charts` that are charts (some are Helm plugins), each once. */
export async function realCharts(): Promise<RealChart[]> {
  if (!vectorsDir) return [];
  const root = join(vectorsDir, 'real-charts');
  const index = JSON.parse(readFileSync(join(root, 'index.json'), 'utf8')) as {
    dir: string;
    archive: string;
  }[];
  const charts = new Map<string, RealChart>();
  for (const { dir, archive } of index) {
    const path = join(root, dir, archive);
    const bytes = readFileSync(path);
    const { metadata } = await readArchive(new Blob([bytes]).stream());
    if (metadata.name !== '') charts.set(digestOf(bytes), { name: `${dir}/${archive}`, archive: path });
  }
  return [...charts.values()];
}

/** Puts an archive alone into a folder of its own, so that Helm finds no provenance beside it. */
export async function alone(archive: string, dir: string, provenance?: Uint8Array): Promise<string> {
  const copy = join(await mkdtemp(join(dir, 'alone-')), archive.split('/').at(-1)!);
  await copyFile(archive, copy);
  await utimes(copy, PACKAGED, PACKAGED);
  if (provenance) await writeFile(`${copy}.prov`, provenance);
  return copy;
}

/** A chart as `helm create` makes it, packaged. */
export async function createChart(helm: Helm, name: string, dir: string, version = '0.1.0'): Promise<string> {
  const folder = join(dir, `created-${helm.version}`);
  if (!existsSync(join(folder, name))) {
    await mkdir(folder, { recursive: true });
    await succeed(helm, ['create', name], folder);
  }
  const out = await mkdtemp(join(folder, 'out-'));
  await succeed(helm, ['package', join(folder, name), '--version', version, '--destination', out]);
  return join(out, `${name}-${version}.tgz`);
}

export interface Pushed {
  /** `charts/app` */
  repository: string;
  /** As Helm is asked for it, with `+`. */
  version: string;
  tag: string;
  digest: string;
}

/** `helm push`, and what it says that it pushed. */
export async function push(helm: Helm, archive: string, host: string, folder: string): Promise<Pushed> {
  const said = await succeed(helm, ['push', archive, `oci://${host}/${folder}`, '--plain-http']);
  const [, path, tag] = /Pushed: [^/\s]+\/(\S+):(\S+)/.exec(said) ?? [];
  const digest = /Digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1];
  if (!path || !tag || !digest) throw new Error(`helm push said: ${said}`);
  return { repository: path, tag, version: tag.replaceAll('_', '+'), digest };
}

/** The provenance that a signed manifest carries. */
export async function provenanceOf(host: string, { repository, tag }: Pushed): Promise<Uint8Array> {
  const manifest = JSON.parse(await getManifest(host, repository, tag)) as RawManifest;
  const layers = manifest.layers.filter(({ mediaType }) => mediaType === PROVENANCE_LAYER);
  if (layers.length !== 1) throw new Error(`${layers.length} provenance layers`);
  return getBlob(host, repository, layers[0]!.digest);
}

async function succeed(helm: Helm, args: string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await helm.run(args, cwd);
  if (code !== 0) throw new Error(`helm ${args[0]} ended with ${code}: ${stderr}`);
  return stdout + stderr;
}
