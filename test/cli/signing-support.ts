import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readPrivateKey } from 'openpgp';
import { afterAll, expect } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import {
  createMemoryRegistry,
  createRegistryNetwork,
  type MemoryRegistry,
} from '../../src/memory-registry/index.ts';
import { cli, directory, fixture, NOW, type Ran } from './support.ts';

/** The passphrase of every protected key in these tests. */
export const PASSPHRASE = 'correct horse battery staple';
/** Where the test's registry is. */
export const HOST = 'registry.test';

/** The secret half of the fixtures' release key, armored. */
export async function releaseSecret(): Promise<string> {
  const path = fileURLToPath(new URL('../fixtures/keys/release.secret.gpg', import.meta.url));
  return (await readPrivateKey({ binaryKey: await readFile(path) })).armor();
}

/** A registry, a directory with the release key in it, and commands whose every output is scanned for secrets. */
export async function signingWorld(files: Record<string, string | Uint8Array> = {}) {
  const registry = createMemoryRegistry({ host: HOST, clock: () => NOW });
  const network = createRegistryNetwork({ [HOST]: registry });
  const key = await releaseSecret();
  const there = await directory({ 'release.secret.asc': key, ...files });
  const secrets = [...linesOf(key), PASSPHRASE];
  const said: string[] = [];
  const run = async (argv: string[], options: Parameters<typeof cli>[1] = {}): Promise<Ran> => {
    const ran = await cli(argv, { cwd: there.path, fetch: network, ...options });
    said.push(ran.stdout, ran.stderr);
    return ran;
  };
  afterAll(async () => {
    await there.done();
    const all = said.join('\n');
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).not.toContain('PRIVATE KEY BLOCK');
  });
  return {
    registry,
    network,
    path: there.path,
    run,
    /** No output may hold one of these, or a line of one. */
    keepSecret: (text: string) => void secrets.push(...linesOf(text)),
    push: (tag: string, archive = 'app-1.2.3.tgz', prov = false, repository = 'charts/app') =>
      push(registry, repository, tag, archive, prov),
  };
}

async function push(
  registry: MemoryRegistry,
  repository: string,
  tag: string,
  archive: string,
  prov: boolean,
) {
  const bytes = await fixture(archive);
  const { metadata } = await readArchive(new Blob([bytes]).stream());
  const chart = { archive: bytes, config: { ...metadata } };
  return registry.pushChart(
    repository,
    tag,
    prov ? { ...chart, prov: await fixture(`${archive}.prov`) } : chart,
  );
}

// The lines of an armor that hold something, not its frame and the checksum.
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.length > 10 && !line.startsWith('-----'));
}
