import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { freePort } from '../registries.ts';
import { type Cluster, end, tail, until } from './cluster.ts';

export interface Pod {
  /** The port that the container listens on, at 127.0.0.1. */
  port: number;
  /** The log of the container, whole. */
  log(): Promise<string>;
  /** A GET of the container with its own certificate checked; gives the status. */
  get(path: string): Promise<number>;
  stop(): Promise<void>;
}

interface Container {
  args: string[];
  env?: { name: string; value: string }[];
  envFrom?: { secretRef: { name: string } }[];
  volumeMounts: { name: string; mountPath: string }[];
}

interface Volume {
  name: string;
  configMap?: { name: string };
  secret?: { secretName: string; items: { key: string; path: string }[] };
}

interface Stored {
  data?: Record<string, string>;
}

/**
 * Does for the stored Deployment what kubelet and kube-proxy would: its volumes, environment, service account and
 * arguments make a process of this machine, and Service and webhooks are made to lead there. The certificate stays the
 * one that Helm made, for the name of the Service.
 * @param name of the release; @param port the one of an earlier Pod, so that the webhooks still lead there
 */
export async function runDeployment(
  cluster: Cluster,
  namespace: string,
  name: string,
  port?: number,
): Promise<Pod> {
  const { must } = cluster;
  const dir = await mkdtemp(join(cluster.dir, `${name}-`));
  const read = async <T>(kind: string, which: string) =>
    JSON.parse(await must(['get', kind, which, '-n', namespace, '-o', 'json'])) as T;
  const secret = async (which: string) =>
    Object.entries((await read<Stored>('secret', which)).data ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, 'base64').toString()] as const,
    );
  const { spec } = (
    await read<{
      spec: {
        template: { spec: { serviceAccountName: string; containers: Container[]; volumes: Volume[] } };
      };
    }>('deployment', name)
  ).spec.template;
  const container = spec.containers[0]!;

  const files = async (volume: Volume): Promise<(readonly [string, string])[]> => {
    if (volume.configMap) {
      return Object.entries((await read<Stored>('configmap', volume.configMap.name)).data ?? {});
    }
    if (!volume.secret) return [];
    const { secretName, items } = volume.secret;
    const all = new Map(await secret(secretName));
    return items.map(({ key, path }) => [path, all.get(key)!] as const);
  };
  for (const volume of spec.volumes) {
    await mkdir(join(dir, volume.name));
    for (const [path, text] of await files(volume)) {
      await writeFile(join(dir, volume.name, path), text, { mode: 0o600 });
    }
  }
  const account = join(dir, 'account');
  await mkdir(account);
  await writeFile(join(account, 'ca.crt'), cluster.ca);
  const token = await must(['create', 'token', spec.serviceAccountName, '-n', namespace]);
  await writeFile(join(account, 'token'), token.trim(), { mode: 0o600 });

  const chosen = port ?? (await freePort());
  // Of two mounts the one that a path is in; a mount may be the beginning of another's name.
  const mounts = container.volumeMounts;
  const outside = (text: string): string => {
    const mount = mounts.find(({ mountPath }) => text.startsWith(`${mountPath}/`) || text === mountPath);
    return mount ? join(dir, mount.name, text.slice(mount.mountPath.length)) : text;
  };
  const args = container.args.map((arg) => {
    const [flag, value = ''] = arg.split('=');
    if (!arg.includes('=')) return arg;
    if (flag === '--host') return '--host=127.0.0.1';
    return flag === '--port' ? `--port=${chosen}` : `${flag}=${outside(value)}`;
  });
  const env: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(cluster.port),
  };
  for (const { secretRef } of container.envFrom ?? []) {
    Object.assign(env, Object.fromEntries(await secret(secretRef.name)));
  }
  for (const entry of container.env ?? []) env[entry.name] = outside(entry.value);

  const script = join(import.meta.dirname, 'in-cluster.ts');
  const { child, log } = cluster.start(
    `pod-${namespace}-${chosen}`,
    process.execPath,
    [script, account, ...args],
    env,
  );
  const tls = await secret(`${name}-tls`);
  const host = `${name}.${namespace}.svc`;
  const get = (path: string) => getStatus(chosen, host, new Map(tls).get('ca.crt')!, path);
  await ready(child, log, () => get('/readyz'));
  if (port === undefined) await route(cluster, namespace, name, chosen);
  return { port: chosen, log: () => readFile(log, 'utf8'), get, stop: () => end(child) };
}

/** Makes Service and webhooks lead to a port of this machine: API servers know ExternalName services by themselves. */
async function route({ must }: Cluster, namespace: string, name: string, port: number): Promise<void> {
  const external = { spec: { type: 'ExternalName', externalName: 'localhost' } };
  await must(['patch', 'service', name, '-n', namespace, '--type=merge', '-p', JSON.stringify(external)]);
  const change = [{ op: 'replace', path: '/webhooks/0/clientConfig/service/port', value: port }];
  for (const kind of ['validating', 'mutating']) {
    const names = await must([
      ...['get', `${kind}webhookconfigurations`, '-o', 'name', '-l', `app.kubernetes.io/instance=${name}`],
    ]);
    for (const one of names.split('\n').filter((line) => line.includes(`/${namespace}-`))) {
      await must(['patch', one, '--type=json', '-p', JSON.stringify(change)]);
    }
  }
}

async function ready(child: ChildProcess, log: string, status: () => Promise<number>): Promise<void> {
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`the service ended:\n${await tail(log)}`);
      return (await status().catch(() => 0)) === 200;
    },
    async () => `the service is not ready:\n${await tail(log)}`,
  );
}

function getStatus(port: number, servername: string, ca: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, ca, servername, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject).end();
  });
}
