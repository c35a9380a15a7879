import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { readYaml } from '../src/chart/index.ts';
import { runWell } from './processes.ts';

const FIXTURES = join(import.meta.dirname, '../test/fixtures');
/** Armored and binary public key, and the binary private one, that sign the charts: RSA-3072, made for tests. */
export const KEYS = {
  armored: join(FIXTURES, 'keys/release.asc'),
  binary: join(FIXTURES, 'keys/release.gpg'),
  secret: join(FIXTURES, 'keys/release.secret.gpg'),
};

export const VERSION = '1.2.3';

export interface BenchChart {
  /** Last segment of the repository. */
  name: string;
  archive: string;
  provenance: string;
  config: Record<string, unknown>;
  bytes: number;
}

/** The fixture chart as it is, and with 24 MB that do not compress; packaged and signed by Helm where it is there. */
export async function makeCharts(folder: string, helm: string | undefined): Promise<BenchChart[]> {
  return Promise.all([
    makeChart(join(folder, 'small'), 'app', 0, helm),
    makeChart(join(folder, 'large'), 'large', 6, helm),
  ]);
}

async function makeChart(
  folder: string,
  name: string,
  files: number,
  helm: string | undefined,
): Promise<BenchChart> {
  const source = join(folder, name);
  await mkdir(source, { recursive: true });
  await cp(join(FIXTURES, 'charts/app'), source, { recursive: true });
  const before = await readFile(join(source, 'Chart.yaml'), 'utf8');
  const text = before
    .replace(/^name: .*$/m, `name: ${name}`)
    .replace(/^version: .*$/m, `version: ${VERSION}`);
  await writeFile(join(source, 'Chart.yaml'), text);
  await mkdir(join(source, 'files'));
  // Helm reads no file above 5 MiB.
  for (let i = 0; i < files; i++) await writeFile(join(source, `files/${i}.bin`), randomBytes(4_000_000));

  const archive = join(folder, `${name}-${VERSION}.tgz`);
  const provenance = `${archive}.prov`;
  if (helm !== undefined) {
    const sign = ['--sign', '--key', 'release@test.invalid', '--keyring', KEYS.secret];
    await runWell(helm, ['package', source, '--destination', folder, ...sign]);
  } else {
    await create({ cwd: folder, file: archive, gzip: true, portable: true }, [name]);
    await writeFile(provenance, await signAsHelm(text, `${name}-${VERSION}.tgz`, await readFile(archive)));
  }
  const config = readYaml(text) as Record<string, unknown>;
  return { name, archive, provenance, config, bytes: (await readFile(archive)).length };
}

/** A provenance file of the form that Helm writes, for machines without Helm. */
async function signAsHelm(chartYaml: string, fileName: string, archive: Uint8Array): Promise<string> {
  const { createCleartextMessage, readPrivateKey, sign } = await import('openpgp');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(archive)));
  const text = `${chartYaml.trimEnd()}\n\n...\nfiles:\n  ${fileName}: sha256:${Buffer.from(hash).toString('hex')}\n`;
  const signingKeys = await readPrivateKey({ binaryKey: new Uint8Array(await readFile(KEYS.secret)) });
  return sign({ message: await createCleartextMessage({ text }), signingKeys });
}
