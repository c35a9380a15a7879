// How much memory the signing of the largest chart takes that Helm would read, on Node and in workerd.
// npm run build && node bench/sign-memory.ts
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { readPrivateKey } from 'openpgp';
import { create } from 'tar';
import { toolPath } from '../test/interop/tools.ts';
import { bundleWorker } from './bundle.ts';
import { KEYS } from './charts.ts';
import { freePort, runWell, start, stopAll, untilUp } from './processes.ts';
import { CLI, type Server, startNode, startRegistry, TOKEN } from './stage.ts';

const MIB = 1024 * 1024;
/** Below Helm's 100 MiB in all and 5 MiB a file, with room for what gzip adds to noise. */
const FILES = 20;
const FILE_BYTES = 5_225_000;
const COPIES = 8;
// A Worker has 128 MB for everything. workerd alone enforces nothing, but V8 can be told to end the process when the
// JavaScript heap outgrows this; buffers come on top of it and are counted below.
const WORKER_HEAP_MB = 64;

interface Order {
  reference: string;
  expectedDigest: string;
}

type Ask = (
  path: string,
  init: { method: string; headers: Record<string, string>; body: string },
) => Promise<{
  status: number;
  text(): Promise<string>;
}>;

const folder = await mkdtemp(join(tmpdir(), 'chartseal-sign-memory-'));
try {
  await main();
} finally {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const registry = await startAnyRegistry();
  const host = new URL(registry.url).host;
  const archive = await noisyChart('large', FILES);
  const small = await noisyChart('small', 1, 1000);
  process.env.RELEASE_KEY = (await readPrivateKey({ binaryKey: await readFile(KEYS.secret) })).armor();
  const config = join(folder, 'chartseal.yaml');
  await writeFile(config, JSON.stringify(configuration(host)));

  const place = async (runtime: string) => {
    const orders: Order[] = [];
    for (let i = 0; i < COPIES; i++) orders.push(await push(host, `${runtime}-${i}`, 'large', archive));
    return { small: await push(host, runtime, 'small', small), large: orders };
  };
  print(
    `archive of ${(archive.length / MIB).toFixed(1)} MiB, ${FILES} files of noise; megabytes are MiB of RSS`,
  );

  const node = await startNode(config);
  const askNode: Ask = (path, init) => fetch(`${node.url}${path}`, init);
  await measure('Node', node.pid, askNode, await place('node'));

  const worker = await startWorker(config);
  const ask: Ask = (path, init) => worker.miniflare.dispatchFetch(`http://chartseal.test${path}`, init);
  try {
    const orders = await place('workerd');
    const heap = await watchHeap(await worker.miniflare.getInspectorURL());
    await measure('workerd', worker.pid, ask, orders, heap.take);
    heap.close();
  } finally {
    await worker.miniflare.dispose();
  }
}

/** One at a time, then four at once; each phase with its own peak. */
async function measure(
  runtime: string,
  pid: number,
  ask: Ask,
  orders: { small: Order; large: Order[] },
  takeHeap?: () => number,
): Promise<void> {
  const sign = async (order: Order) => {
    const answer = await ask('/v1/sign', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ ...order, with: ['release'] }),
    });
    const text = await answer.text();
    if (answer.status !== 201) throw new Error(`${runtime}: ${answer.status} ${text}`);
  };
  const phase = async (name: string, work: () => Promise<unknown>) => {
    // Makes the kernel count the peak anew (proc_pid_clear_refs(5)).
    await writeFile(`/proc/${pid}/clear_refs`, '5');
    takeHeap?.();
    const before = await memory(pid, 'VmRSS');
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    const peak = await memory(pid, 'VmHWM');
    const isolate =
      takeHeap === undefined ? '' : `, heap and buffers of the isolate at most ${mib(takeHeap())}`;
    print(
      `${runtime.padEnd(8)} ${name.padEnd(20)} before ${mib(before)}, peak ${mib(peak)}, ` +
        `growth ${mib(peak - before)}${isolate}, ${seconds.toFixed(1)} s`,
    );
  };
  const [first, second, third, fourth, ...rest] = orders.large;
  await phase('small chart', () => sign(orders.small));
  await phase('large chart', () => sign(first!));
  await phase('three more, in turn', async () => {
    for (const order of [second!, third!, fourth!]) await sign(order);
  });
  await phase(`${rest.length} at once`, () => Promise.all(rest.map(sign)));
}

function configuration(host: string): object {
  return {
    registries: [{ host, plainHttp: true }],
    trust: { release: { pgp: KEYS.armored } },
    policies: [{ name: 'default', match: ['**'], require: 'release' }],
    callers: { bench: { token: { secret: 'BENCH_TOKEN' } } },
    signing: [
      { name: 'release', pgp: { secret: 'RELEASE_KEY' }, repositories: [`${host}/**`], callers: ['bench'] },
    ],
    limits: { overallTimeoutMs: 120_000 },
  };
}

/** distribution where `test/interop/install.sh` has built it, else the one in memory; a process of its own. */
async function startAnyRegistry(): Promise<Server> {
  const binary = toolPath('registry-3.1.2');
  if (binary === undefined) return startRegistry(0, []);
  const port = await freePort();
  const file = join(folder, 'registry.json');
  const storage = { filesystem: { rootdirectory: join(folder, 'registry') } };
  const log = { level: 'error', accesslog: { disabled: true } };
  await writeFile(file, JSON.stringify({ version: 0.1, log, storage, http: { addr: `127.0.0.1:${port}` } }));
  const child = start(binary, ['serve', file], { env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' } });
  const url = `http://127.0.0.1:${port}`;
  await untilUp(`${url}/v2/`, child);
  return { url, child, pid: child.pid! };
}

/** The Worker as wrangler bundles it. Miniflare, as D1 and Durable Objects are its; they count as workerd's memory. */
async function startWorker(config: string): Promise<{ miniflare: Miniflare; pid: number }> {
  const module = join(folder, 'worker-config.js');
  await runWell(process.execPath, [CLI, 'bundle-config', '--config', config, '--out', module]);
  const { script } = await bundleWorker(join(folder, 'worker'), 'src/worker.ts', module);
  const options = convertV4MiniflareOptions({
    modules: true,
    script: await readFile(script, 'utf8'),
    compatibilityDate: '2026-10-01',
    compatibilityFlags: ['nodejs_compat'],
    bindings: { BENCH_TOKEN: TOKEN, RELEASE_KEY: process.env.RELEASE_KEY! },
    d1Databases: { AUDIT: 'audit' },
    durableObjects: { LOCKS: { className: 'LockObject', useSQLite: true } },
  });
  process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-old-space-size=${WORKER_HEAP_MB}`;
  const miniflare = new Miniflare({
    ...options,
    telemetry: { enabled: false },
    inspectorPort: 0,
    // One line a request.
    handleStructuredLogs: () => {},
  });
  await miniflare.ready;
  const database = await miniflare.getD1Database('AUDIT');
  const migrations = join(import.meta.dirname, '../migrations');
  for (const name of (await readdir(migrations)).sort()) {
    const sql = (await readFile(join(migrations, name), 'utf8')).replace(/^--.*$/gm, '');
    for (const one of sql.split(';').filter((text) => text.trim() !== '')) await database.prepare(one).run();
  }
  return { miniflare, pid: await childNamed('workerd') };
}

/**
 * Asks the inspector every few milliseconds what the isolate of the Worker has: JavaScript heap and the memory of its
 * buffers, garbage that nobody has collected yet included.
 * @returns `take` gives the most since it was called last, bytes
 */
async function watchHeap(inspector: URL): Promise<{ take: () => number; close: () => void }> {
  const list = await (await fetch(new URL('/json', inspector.href.replace(/^ws/, 'http')))).json();
  const [target] = list as { webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error('the inspector knows no isolate');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  let most = 0;
  let id = 0;
  socket.addEventListener('message', ({ data }) => {
    const { result } = JSON.parse(String(data)) as {
      result?: { usedSize?: number; backingStorageSize?: number };
    };
    most = Math.max(most, (result?.usedSize ?? 0) + (result?.backingStorageSize ?? 0));
  });
  const timer = setInterval(
    () => socket.send(JSON.stringify({ id: ++id, method: 'Runtime.getHeapUsage' })),
    20,
  );
  return {
    take() {
      const seen = most;
      most = 0;
      return seen;
    },
    close() {
      clearInterval(timer);
      socket.close();
    },
  };
}

async function childNamed(name: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const text = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '') : '';
    // PID (NAME) STATE PARENT (proc_pid_stat(5))
    if (text.includes(`(${name}`) && text.slice(text.lastIndexOf(')')).split(' ')[2] === String(process.pid))
      return Number(entry);
  }
  throw new Error(`no child of this process is ${name}`);
}

async function noisyChart(name: string, files: number, bytes = FILE_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  const source = join(folder, name);
  await mkdir(join(source, 'files'), { recursive: true });
  await writeFile(join(source, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  for (let i = 0; i < files; i++) await writeFile(join(source, `files/${i}.bin`), randomBytes(bytes));
  const file = join(folder, `${name}-1.0.0.tgz`);
  await create({ cwd: folder, file, gzip: true, portable: true }, [`${name}/Chart.yaml`, `${name}/files`]);
  const { size } = await stat(file);
  if (size > 100 * MIB) throw new Error(`the archive is ${size} bytes, more than a chart can be`);
  return new Uint8Array(await readFile(file));
}

async function push(
  host: string,
  repository: string,
  name: string,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Order> {
  const base = `http://${host}/v2/${repository}/${name}`;
  const config = new Uint8Array(Buffer.from(JSON.stringify({ apiVersion: 'v2', name, version: '1.0.0' })));
  const blob = async (mediaType: string, bytes: Uint8Array<ArrayBuffer>) => {
    const begun = await well(fetch(`${base}/blobs/uploads/`, { method: 'POST' }));
    const location = new URL(begun.headers.get('location') ?? '', base);
    location.searchParams.set('digest', digestOf(bytes));
    const headers = { 'content-type': 'application/octet-stream' };
    await well(fetch(location, { method: 'PUT', headers, body: bytes }));
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: await blob('application/vnd.cncf.helm.config.v1+json', config),
    layers: [await blob('application/vnd.cncf.helm.chart.content.v1.tar+gzip', archive)],
  });
  const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
  await well(fetch(`${base}/manifests/1.0.0`, { method: 'PUT', headers, body: manifest }));
  const digest = digestOf(Buffer.from(manifest));
  return { reference: `oci://${host}/${repository}/${name}:1.0.0`, expectedDigest: digest };
}

async function well(asking: Promise<Response>): Promise<Response> {
  const answer = await asking;
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
  return answer;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Bytes, from /proc/PID/status. */
async function memory(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
