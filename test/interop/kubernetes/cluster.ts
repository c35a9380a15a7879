import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../registries.ts';
import { type Result, run } from '../run.ts';
import { type ToolName, toolPath } from '../tools.ts';

/** What a cluster of these tests is made of. */
export const CLUSTER_TOOLS = [
  'kube-apiserver-1.36.3',
  'etcd-3.6.8',
  'kubectl-1.36.3',
  'openssl-any',
] as const satisfies readonly ToolName[];

/** A real API server and its store: objects are judged and kept, and nothing ever runs. */
export interface Cluster {
  dir: string;
  /** Of the API server. */
  port: number;
  /** As system:masters. */
  kubeconfig: string;
  /** PEM, and its file; `sign` makes certificates with it. */
  ca: string;
  caPath: string;
  /** Runs kubectl; `input` is what it reads with `-f -`: objects, or text as it is. */
  kubectl(args: string[], input?: string | object | object[]): Promise<Result>;
  /** The same, but throws what kubectl says when it does not end well. Gives its output. */
  must(args: string[], input?: string | object | object[]): Promise<string>;
  /** A certificate for servers on 127.0.0.1, signed by the cluster's CA; gives the paths of `NAME.crt` and `NAME.key`. */
  sign(name: string): Promise<{ cert: string; key: string }>;
  /** A kubeconfig for another token. */
  configFor(name: string, token: string): Promise<string>;
  /** Starts a further program that ends with the cluster; its log is `NAME.log` in `dir`. */
  start(
    name: string,
    command: string,
    args: string[],
    env?: Record<string, string>,
  ): { child: ChildProcess; log: string };
  /** Ends exactly the processes that were started here. */
  stop(): Promise<void>;
}

/** Starts etcd and kube-apiserver on free ports of 127.0.0.1, without any controller. Takes four seconds. */
export async function startCluster(parent: string): Promise<Cluster> {
  const dir = await mkdtemp(join(parent, 'cluster-'));
  const children: ChildProcess[] = [];
  const stop = async () => {
    // The last one first: what is left without its store writes its log full.
    for (const child of children.reverse()) await end(child);
  };
  const start: Cluster['start'] = (name, command, args, env = {}) => {
    const log = join(dir, `${name}.log`);
    const out = openSync(log, 'a');
    const child = spawn(command, args, {
      cwd: dir,
      stdio: ['ignore', out, out],
      env: { PATH: process.env.PATH ?? '', HOME: dir, ...env },
    });
    children.push(child);
    return { child, log };
  };
  try {
    const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
    const sign = await makeAuthority(dir);
    const apiServer = await sign('apiserver', ['DNS:kubernetes.default.svc']);
    await openssl(dir, [
      'genpkey',
      '-algorithm',
      'RSA',
      '-pkeyopt',
      'rsa_keygen_bits:2048',
      '-out',
      'sa.key',
    ]);
    await openssl(dir, ['pkey', '-in', 'sa.key', '-pubout', '-out', 'sa.pub']);
    const token = randomBytes(16).toString('hex');
    await writeFile(join(dir, 'tokens.csv'), `${token},admin,1,system:masters\n`, { mode: 0o600 });
    const caPath = join(dir, 'ca.crt');
    const configFor = async (name: string, bearer: string): Promise<string> => {
      const path = join(dir, `${name}.kubeconfig`);
      const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority': caPath };
      // JSON is YAML.
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'test', cluster }],
        users: [{ name: 'test', user: { token: bearer } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
        'current-context': 'test',
      };
      await writeFile(path, JSON.stringify(config), { mode: 0o600 });
      return path;
    };
    const kubeconfig = await configFor('admin', token);
    const kubectl: Cluster['kubectl'] = (args, input) =>
      run(toolPath('kubectl-1.36.3')!, args, {
        cwd: dir,
        env: { HOME: dir, KUBECONFIG: kubeconfig },
        ...(input === undefined ? {} : { input: textOf(input) }),
      });
    const must: Cluster['must'] = async (args, input) => {
      const { code, stdout, stderr } = await kubectl(args, input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    };
    const etcd = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    start('etcd', toolPath('etcd-3.6.8')!, [
      ...['--name', 'test', '--data-dir', join(dir, 'etcd'), '--unsafe-no-fsync=true', '--log-level', 'warn'],
      ...['--listen-client-urls', etcd, '--advertise-client-urls', etcd, '--listen-peer-urls', peer],
      ...['--initial-advertise-peer-urls', peer, '--initial-cluster', `test=${peer}`],
    ]);
    const { child, log } = start('kube-apiserver', toolPath('kube-apiserver-1.36.3')!, [
      ...['--etcd-servers', etcd, '--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1'],
      ...['--secure-port', `${port}`, '--endpoint-reconciler-type', 'none', '--cert-dir', dir],
      ...['--tls-cert-file', apiServer.cert, '--tls-private-key-file', apiServer.key],
      ...['--client-ca-file', caPath, '--token-auth-file', join(dir, 'tokens.csv'), '--anonymous-auth=false'],
      ...['--authorization-mode', 'RBAC', '--service-account-key-file', join(dir, 'sa.pub')],
      ...['--service-account-signing-key-file', join(dir, 'sa.key')],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      // Without a controller no namespace gets its default service account, which this plugin would want.
      ...['--service-cluster-ip-range', '10.0.0.0/24', '--disable-admission-plugins', 'ServiceAccount'],
      '--profiling=false',
    ]);
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`kube-apiserver ended:\n${await tail(log)}`);
        // Namespaces are made a moment after it is ready.
        const { code, stdout } = await kubectl(['get', '--raw', '/readyz', '--request-timeout=2s']);
        return code === 0 && stdout === 'ok' && (await kubectl(['get', 'namespace', 'default'])).code === 0;
      },
      async () => `kube-apiserver is not ready:\n${await tail(log)}`,
    );
    const ca = await readFile(caPath, 'utf8');
    return {
      ...{ dir, port, kubeconfig, ca, caPath, kubectl, must, configFor, start, stop },
      sign: (name) => sign(name, []),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks again, every tenth of a second for a minute and a half, until the answer is true. */
export async function until(
  isSo: () => Promise<boolean>,
  otherwise: () => string | Promise<string>,
): Promise<void> {
  const end = Date.now() + 90_000;
  do {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < end);
  throw new Error(await otherwise());
}

/** The last lines of a log. */
export async function tail(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '(no log)');
  return text.split('\n').slice(-20).join('\n');
}

/** Ends a process and waits until it is gone. */
export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function textOf(input: string | object | object[]): string {
  if (typeof input === 'string') return input;
  return Array.isArray(input)
    ? JSON.stringify({ apiVersion: 'v1', kind: 'List', items: input })
    : JSON.stringify(input);
}

type Sign = (name: string, names: string[]) => Promise<{ cert: string; key: string }>;

async function makeAuthority(dir: string): Promise<Sign> {
  await mkdir(dir, { recursive: true });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(dir, [
    ...['req', '-x509', ...curve, '-days', '30', '-keyout', 'ca.key', '-out', 'ca.crt'],
    ...['-subj', '/CN=chartseal-interop-ca', '-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  return async (name, names) => {
    const [cert, key] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)];
    await openssl(dir, [
      'req',
      '-new',
      ...curve,
      '-keyout',
      key,
      '-subj',
      `/CN=${name}`,
      '-out',
      `${name}.csr`,
    ]);
    const subjects = ['IP:127.0.0.1', 'DNS:localhost', ...names].join(',');
    await writeFile(join(dir, `${name}.ext`), `subjectAltName=${subjects}\n`);
    await openssl(dir, [
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '30', '-sha256', '-extfile', `${name}.ext`, '-out', cert],
    ]);
    return { cert, key };
  };
}

async function openssl(dir: string, args: string[]): Promise<void> {
  const { code, stderr } = await run(toolPath('openssl-any')!, args, { cwd: dir });
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}
