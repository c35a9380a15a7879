import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLI } from '../chartseal.ts';
import { KEYS } from '../helm.ts';
import { freePort } from '../registries.ts';
import { type Cluster, end, tail, until } from './cluster.ts';

export interface TlsService {
  origin: string;
  /** `https://127.0.0.1:PORT/k/SECRET` */
  base: string;
  /** What it said since it was started. */
  log(): Promise<string>;
  stop(): Promise<void>;
  /** Again, where it was. */
  restart(): Promise<void>;
}

/**
 * `chartseal serve` outside of the cluster, with a certificate of the cluster's authority, for clients with a secret path
 * or a certificate of the same authority: trusts the fixtures' release key on these hosts.
 */
export async function serveTls(cluster: Cluster, hosts: string[], more: object = {}): Promise<TlsService> {
  const dir = await mkdtemp(join(cluster.dir, 'serve-'));
  const [secret, port] = [randomBytes(24).toString('hex'), await freePort()];
  const { cert, key } = await cluster.sign('chartseal');
  const config = join(dir, 'chartseal.yaml');
  let log = '';
  let starts = 0;
  await writeFile(
    config,
    // JSON is YAML.
    JSON.stringify({
      registries: hosts.map((host) => ({ host, plainHttp: true })),
      trust: { 'release-team': { pgp: join(KEYS, 'release.asc') } },
      policies: [{ name: 'production', match: ['**'], require: 'release-team' }],
      admission: { pathSecret: { secret: 'ADMISSION_PATH_SECRET' } },
      ...more,
    }),
  );
  const start = async () => {
    log = join(dir, `log-${++starts}`);
    const out = openSync(log, 'a');
    const child = spawn(
      process.execPath,
      [
        ...[CLI, 'serve', '--config', config, '--host', '127.0.0.1', '--port', String(port)],
        ...['--tls-cert', cert, '--tls-key', key, '--tls-client-ca', cluster.caPath],
      ],
      {
        cwd: dir,
        stdio: ['ignore', out, out],
        env: { PATH: process.env.PATH ?? '', HOME: dir, ADMISSION_PATH_SECRET: secret },
      },
    );
    const listens = `https://127.0.0.1:${port}`;
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`the service ended:\n${await tail(log)}`);
        return (await readFile(log, 'utf8')).includes(listens);
      },
      async () => `the service does not say that it listens:\n${await tail(log)}`,
    );
    return child;
  };
  let child = await start();
  const origin = `https://127.0.0.1:${port}`;
  return {
    origin,
    base: `${origin}/k/${secret}`,
    log: () => readFile(log, 'utf8'),
    stop: () => end(child),
    async restart() {
      child = await start();
    },
  };
}
