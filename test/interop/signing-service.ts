import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readPrivateKey } from 'openpgp';
import type { AuditRecord } from '../../src/state/index.ts';
import { KEYS } from './helm.ts';

/** What the suites read of an answer to `POST /v1/sign`, a result or a problem. */
export interface SignResult {
  before: string;
  after: string;
  changed: boolean;
  signatures: { name: string; fingerprint: string; digest: string }[];
  audit: { seq: number; hash: string };
  report: { verdict: string };
  code?: string;
  detail?: string;
}

export interface SigningService {
  origin: string;
  sign(body: object): Promise<{ status: number; body: SignResult }>;
  verify(reference: string): Promise<{ verdict: string; reasons: { code: string }[] }>;
  /** The public keys as the service gives them to anyone, in a file as Helm reads it. */
  keyring(): Promise<string>;
  /** The whole log, oldest first. */
  audit(): Promise<AuditRecord[]>;
  /** Ends the process at once, in the middle of whatever it does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface SigningOptions {
  dir: string;
  /** Where it may sign: everywhere on these. */
  hosts: string[];
  /** Armored secret keys beside the fixtures' release key, by the name that requests use. */
  keys?: Record<string, string>;
  /** Several replicas share a database; without one the log lies in a file of this service. */
  postgres?: string;
  leaseMs?: number;
}

const TOKEN = 'interop-signer-token-0123456789abcdef';

/** The secret key of the fixtures, as a service gets it. */
export async function armoredReleaseKey(): Promise<string> {
  const binaryKey = await readFile(join(KEYS, 'release.secret.gpg'));
  return (await readPrivateKey({ binaryKey })).armor();
}

/** Starts a service that signs, as a process of its own. */
export async function startSigning(options: SigningOptions): Promise<SigningService> {
  const home = await mkdtemp(join(options.dir, 'signing-'));
  const keys = Object.entries({ release: await armoredReleaseKey(), ...options.keys });
  const config = join(home, 'chartseal.yaml');
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      registries: options.hosts.map((host) => ({ host, plainHttp: true })),
      trust: { release: { pgp: join(KEYS, 'release.asc') } },
      policies: [{ name: 'default', match: ['**'], require: 'release' }],
      callers: { interop: { token: { secret: 'INTEROP_TOKEN' } } },
      signing: keys.map(([name]) => ({
        name,
        pgp: { secret: `KEY_${name.toUpperCase()}` },
        repositories: options.hosts.map((host) => `${host}/**`),
        callers: ['interop'],
      })),
      access: { audit: ['interop'] },
      state: options.postgres === undefined ? { sqlite: 'state.db' } : { postgres: { secret: 'DATABASE' } },
      limits: { rate: { callerSignatures: 10_000, callerVerifications: 10_000 } },
    }),
  );
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'replica.ts'), config, String(options.leaseMs ?? 60_000)],
    {
      cwd: home,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...{ PATH: process.env.PATH ?? '', HOME: home, INTEROP_TOKEN: TOKEN },
        ...(options.postgres === undefined ? {} : { DATABASE: options.postgres }),
        ...Object.fromEntries(keys.map(([name, key]) => [`KEY_${name.toUpperCase()}`, key])),
      },
    },
  );
  const origin = await firstLine(child);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    });
  return {
    origin,
    async sign(body) {
      const answer = await ask('/v1/sign', {
        method: 'POST',
        body: JSON.stringify({ with: ['release'], ...body }),
      });
      return { status: answer.status, body: (await answer.json()) as SignResult };
    },
    async verify(reference) {
      const answer = await ask('/v1/verify', { method: 'POST', body: JSON.stringify({ reference }) });
      return (await answer.json()) as { verdict: string; reasons: { code: string }[] };
    },
    async keyring() {
      const file = join(home, 'pgp.gpg');
      // Whoever verifies has no token.
      const answer = await fetch(`${origin}/keys/pgp.gpg`);
      if (!answer.ok) throw new Error(`/keys/pgp.gpg: ${answer.status}`);
      await writeFile(file, new Uint8Array(await answer.arrayBuffer()));
      return file;
    },
    async audit() {
      const all: AuditRecord[] = [];
      for (let after: number | null = 0; after !== null; ) {
        const answer = await ask(`/v1/audit?limit=100&after=${after}`);
        const page = (await answer.json()) as { records: AuditRecord[]; next: number | null };
        all.push(...page.records);
        after = page.next;
      }
      return all;
    },
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error('the service did not start');
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  });
}
