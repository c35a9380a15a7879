import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from './run.ts';
import { startTokenServer } from './token-server.ts';
import { type ToolName, toolPath } from './tools.ts';

export type Auth = 'open' | 'htpasswd' | 'token';

export interface RunningRegistry {
  /** `docker-registry-2.8 htpasswd`, for the names of tests. */
  name: string;
  kind: 'docker-registry-2.8' | 'registry-3.1.2';
  auth: Auth;
  /** `127.0.0.1:PORT` */
  host: string;
  /** The origin of the token service, where there is one. */
  tokenHost?: string;
}

export const USERNAME = 'interop';
export const PASSWORD = 'interop-only-password';
/** bcrypt of PASSWORD: the registries read nothing else from an htpasswd file. */
const HTPASSWD = `${USERNAME}:$2b$05$SqvrtbJiVRWseJ.4TpqLFuSjXvo1zpZwNW7t8Kh9uE5JFN7NFS/3a\n`;

/** Which registries can be started with the programs that are installed. */
export const REGISTRY_KINDS = [
  'docker-registry-2.8',
  'registry-3.1.2',
] as const satisfies readonly ToolName[];
export const AUTHS: readonly Auth[] = ['open', 'htpasswd', 'token'];

/**
 * Starts each installed registry three times on free ports of 127.0.0.1: open, with htpasswd, with token auth.
 *
 * @param dir a temporary folder for configuration, storage and logs
 * @returns the registries, and `stop`, which ends exactly the processes started here
 */
export async function startRegistries(
  dir: string,
): Promise<{ registries: RunningRegistry[]; stop: () => Promise<void> }> {
  const children: ChildProcess[] = [];
  const closers: (() => void)[] = [];
  const registries: RunningRegistry[] = [];
  const stop = async () => {
    for (const close of closers) close();
    await Promise.all(
      children.map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve();
            child.once('exit', () => resolve());
            child.kill('SIGKILL');
          }),
      ),
    );
  };
  try {
    const tokens = await tokenService(dir);
    if (tokens) closers.push(tokens.close);
    for (const kind of REGISTRY_KINDS) {
      const binary = toolPath(kind);
      if (!binary) continue;
      for (const auth of AUTHS) {
        if (auth === 'token' && !tokens) continue;
        const port = await freePort();
        const root = join(dir, `${kind}-${auth}`);
        await mkdir(join(root, 'data'), { recursive: true });
        await writeFile(join(root, 'htpasswd'), HTPASSWD);
        await writeFile(join(root, 'config.yml'), configuration(root, port, auth, tokens));
        const log = openSync(join(root, 'log'), 'a');
        const child = spawn(binary, ['serve', join(root, 'config.yml')], {
          stdio: ['ignore', log, log],
          env: { PATH: process.env.PATH ?? '', OTEL_TRACES_EXPORTER: 'none' },
        });
        children.push(child);
        await answering(`http://127.0.0.1:${port}/v2/`, child, join(root, 'log'));
        registries.push({
          name: `${kind} ${auth}`,
          kind,
          auth,
          host: `127.0.0.1:${port}`,
          ...(auth === 'token' && tokens ? { tokenHost: new URL(tokens.realm).origin } : {}),
        });
      }
    }
    return { registries, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface TokenService {
  realm: string;
  issuer: string;
  service: string;
  certificatePath: string;
  close: () => void;
}

async function tokenService(dir: string): Promise<TokenService | undefined> {
  const openssl = toolPath('openssl-any');
  if (!openssl) return undefined;
  const [keyPath, certificatePath] = [join(dir, 'token.key'), join(dir, 'token.crt')];
  const made = await run(openssl, [
    ...[
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=chartseal interop token service',
    ],
    ...['-keyout', keyPath, '-out', certificatePath],
  ]);
  if (made.code !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`);
  const [issuer, service] = ['chartseal-interop-issuer', 'chartseal-interop-registry'];
  const { server, realm } = await startTokenServer({
    privateKey: await readFile(keyPath, 'utf8'),
    certificate: await readFile(certificatePath, 'utf8'),
    issuer,
    service,
    username: USERNAME,
    password: PASSWORD,
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { realm, issuer, service, certificatePath, close };
}

function configuration(root: string, port: number, auth: Auth, tokens: TokenService | undefined): string {
  const base = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: join(root, 'data') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}` },
  };
  const htpasswd = { htpasswd: { realm: 'chartseal interop', path: join(root, 'htpasswd') } };
  const token = tokens && {
    token: {
      realm: tokens.realm,
      service: tokens.service,
      issuer: tokens.issuer,
      rootcertbundle: tokens.certificatePath,
    },
  };
  // JSON is YAML.
  return JSON.stringify({
    ...base,
    ...(auth === 'htpasswd' ? { auth: htpasswd } : auth === 'token' ? { auth: token } : {}),
  });
}

/** Where nothing listens: a port that is given to nobody who does not ask for it. */
export const NOBODY = '127.0.0.1:2';

const FIRST_PORT = 12_000;
const PORTS = 20_000;
// Each process of the run begins elsewhere.
let ports = (process.pid * 151 + Number(process.env.VITEST_POOL_ID ?? 0) * 7001) % PORTS;

/**
 * A port of 127.0.0.1 that is free, and is so still when the program that gets it has come so far: it lies below those
 * that the system gives to whoever asks for any (32768 and above), and no second call in this process gives it.
 */
export async function freePort(): Promise<number> {
  for (let turn = 0; turn < PORTS; turn++) {
    ports = (ports + 1) % PORTS;
    const port = FIRST_PORT + ports;
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Error('no port is free');
}

/** Waits until a server answers at all; throws with its log when it ends before, or after a minute and a half. */
export async function answering(url: string, child: ChildProcess, log: string): Promise<void> {
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${url} does not answer:\n${await readFile(log, 'utf8').catch(() => '(no log)')}`);
}
