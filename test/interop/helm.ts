import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Result, run } from './run.ts';
import { type HelmVersion, toolPath } from './tools.ts';

export const FIXTURES = join(import.meta.dirname, '../fixtures');
export const KEYS = join(FIXTURES, 'keys');
export const DEMO = join(FIXTURES, 'demo');

export interface Helm {
  version: HelmVersion;
  /** The registry config that `login` writes and that every other call reads. */
  registryConfig: string;
  /** Runs Helm with caches of its own: Helm 4 keeps `.prov` files by the archive's hash. */
  run(args: string[], cwd?: string): Promise<Result>;
  login(host: string, username: string, password: string): Promise<Result>;
  /** Packages `test/fixtures/charts/NAME`, signed by the test release key unless told otherwise; gives the archive. */
  package(name: string, version: string, options?: { sign?: boolean }): Promise<string>;
  /** Gives the digest of the manifest as Helm prints it. */
  push(archive: string, repository: string): Promise<string>;
  pullVerified(reference: string, options: { version?: string; keyring: string }): Promise<Result>;
}

/** A real Helm with an own home below `dir`. The program must be installed. */
export async function helm(version: HelmVersion, dir: string): Promise<Helm> {
  const binary = toolPath(`helm-${version}`);
  if (!binary) throw new Error(`helm ${version} is not installed`);
  const home = await mkdtemp(join(dir, `helm-${version}-`));
  const registryConfig = join(home, 'registry.json');
  const helmRun = async (args: string[], cwd = home) => {
    const cache = await mkdtemp(join(home, 'cache-'));
    return run(binary, args, {
      cwd,
      env: {
        HOME: home,
        DOCKER_CONFIG: join(home, 'docker'),
        HELM_CACHE_HOME: cache,
        HELM_CONFIG_HOME: join(home, 'config'),
        HELM_DATA_HOME: join(home, 'data'),
        HELM_REGISTRY_CONFIG: registryConfig,
        TMPDIR: tmpdir(),
      },
    });
  };
  return {
    version,
    registryConfig,
    run: helmRun,
    login: (host, username, password) =>
      helmRun(['registry', 'login', host, '--plain-http', '--username', username, '--password', password]),
    async package(name, chartVersion, { sign = true } = {}) {
      const out = await mkdtemp(join(home, 'package-'));
      const signing = [
        '--sign',
        '--key',
        'release@test.invalid',
        '--keyring',
        join(KEYS, 'release.secret.gpg'),
      ];
      await good(
        helmRun([
          ...['package', join(FIXTURES, 'charts', name), '--version', chartVersion, '--destination', out],
          ...(sign ? signing : []),
        ]),
      );
      return join(out, `${name}-${chartVersion}.tgz`);
    },
    async push(archive, repository) {
      const { stdout, stderr } = await good(helmRun(['push', archive, repository, '--plain-http']));
      const digest = /Digest: (sha256:[0-9a-f]{64})/.exec(stdout + stderr)?.[1];
      if (!digest) throw new Error(`helm push printed no digest: ${stdout}${stderr}`);
      return digest;
    },
    async pullVerified(reference, { version: chartVersion, keyring }) {
      const out = await mkdtemp(join(home, 'pull-'));
      return helmRun([
        ...['pull', reference, ...(chartVersion === undefined ? [] : ['--version', chartVersion])],
        ...['--verify', '--keyring', keyring, '--plain-http', '--destination', out],
      ]);
    },
  };
}

/** The words after Helm's `Error: `, on one line. */
export function errorWords(result: Result): string {
  const words = /(?:^|\n)Error: ([\s\S]*)$/.exec(result.stderr)?.[1] ?? result.stderr;
  return words.trim().replace(/\s*\n\s*/g, ' ');
}

async function good(running: Promise<Result>): Promise<Result> {
  const result = await running;
  if (result.code !== 0) throw new Error(`helm ended with ${result.code}: ${result.stderr}`);
  return result;
}
