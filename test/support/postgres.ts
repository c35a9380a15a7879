import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BIN = '/usr/lib/postgresql/15/bin';
const run = promisify(execFile);

/** Is PostgreSQL 15 there to be started? Suites that need it say in one line that they were left out. */
export const hasPostgres = existsSync(join(BIN, 'initdb'));

export interface Postgres {
  url: string;
  stop(): Promise<void>;
}

/** A PostgreSQL server of its own on a free loopback port, in a folder that goes with it. */
export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-postgres-'));
  // PostgreSQL does not run as root.
  const user = process.getuid?.() === 0 ? await idsOf('postgres') : undefined;
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const call = (program: string, ...args: string[]) =>
    run(join(BIN, program), args, {
      ...user,
      cwd: folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    });
  await call('initdb', '-D', data, '-A', 'trust', '-U', 'chartseal', '-E', 'UTF8', '--no-sync');
  const start = async (tries: number): Promise<number> => {
    const port = await freePort();
    const options = `-p ${port} -c listen_addresses=127.0.0.1 -c fsync=off -k ${folder}`;
    try {
      await call('pg_ctl', '-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start');
      return port;
    } catch (error) {
      // Other suites take ports all the time, and one may have taken this one.
      if (tries <= 1) throw error;
      return start(tries - 1);
    }
  };
  const port = await start(3);
  return {
    url: `postgres://chartseal:hunter2@127.0.0.1:${port}/postgres`,
    async stop() {
      await call('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
