import { parseConfig } from '../../src/config/index.ts';
import {
  createMemoryRegistry,
  createRegistryNetwork,
  type MemoryRegistry,
} from '../../src/memory-registry/index.ts';
import { createService, type ServiceOptions } from '../../src/service.ts';
import { fixture } from '../support/fixtures.ts';
import { appConfig } from '../support/world.ts';

export const NOW = Date.UTC(2026, 10, 24, 12);
export const SEGMENT = 'kube-0123456789abcdef';

/** A timer that the test lets run out, or that was given back. */
export interface Timer {
  ms: number;
  end: () => void;
  over: boolean;
}

export interface AdmissionWorld {
  registry: MemoryRegistry;
  other: MemoryRegistry;
  /** Deadlines of reviews, in the order in which they began. */
  timers: Timer[];
  /** Lets all deadlines run out that are running. */
  timeIsUp(): void;
  setNow(now: number): void;
  lines: Record<string, unknown>[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a review to the secret path; gives the response in it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
  review(object: object | null, more?: object, mode?: string): Promise<any>;
  /** Sends keys of Gatekeeper to the secret path; gives the response in the answer. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
  provide(keys: string[], mode?: string): Promise<any>;
}

/** Parts of the configuration, and what else the service takes. */
export type AdmissionOptions = { config?: Record<string, unknown>; admission?: object } & Partial<
  Omit<ServiceOptions, 'config'>
>;

/** A service on Node, whose reviews end when the test says so; registry.test and other.test are listed. */
export async function admissionWorld(options: AdmissionOptions = {}): Promise<AdmissionWorld> {
  const { config: parts = {}, admission = {}, ...more } = options;
  let now = NOW;
  const registry = createMemoryRegistry({ host: 'registry.test', clock: () => NOW });
  const other = createMemoryRegistry({ host: 'other.test', clock: () => NOW });
  const config = await parseConfig({
    text: JSON.stringify({
      registries: [{ host: 'registry.test' }, { host: 'other.test' }],
      trust: { release: { pgp: 'release.asc' } },
      policies: [{ name: 'default', match: ['**'], require: 'release' }],
      admission: { pathSecret: { secret: 'SEGMENT' }, ...admission },
      ...parts,
    }),
    path: 'chartseal.yaml',
    readFile: () => fixture('keys/release.asc'),
    secret: (name) => (name === 'SEGMENT' ? SEGMENT : undefined),
  });
  const timers: Timer[] = [];
  const lines: Record<string, unknown>[] = [];
  const service = createService({
    config,
    shared: true,
    fetch: createRegistryNetwork({ 'registry.test': registry, 'other.test': other }),
    clock: () => now,
    log: (record) => lines.push(record),
    clientAddress: () => undefined,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer: Timer = {
          ms,
          over: false,
          end() {
            timer.over = true;
            resolve();
          },
        };
        timers.push(timer);
        signal.addEventListener('abort', timer.end, { once: true });
      }),
    ...more,
  });
  const send = (path: string, init?: RequestInit) =>
    service.fetch(new Request(`http://chartseal.test${path}`, init));
  const responseTo = async (path: string, request: object) => {
    const answer = await send(`/k/${SEGMENT}/${path}`, { method: 'POST', body: JSON.stringify(request) });
    const body = (await answer.json()) as { response: unknown };
    if (answer.status !== 200) throw new Error(JSON.stringify(body));
    return body.response;
  };
  return {
    registry,
    other,
    timers,
    lines,
    timeIsUp: () => {
      for (const timer of timers) if (!timer.over) timer.end();
    },
    setNow: (value) => {
      now = value;
    },
    fetch: send,
    review: (object, extra = {}, mode = 'validate') =>
      responseTo(`admission/${mode}?timeout=5s`, reviewOf(object, extra)),
    provide: (keys, mode = 'verify') => responseTo(`gatekeeper/${mode}`, providerRequestOf(keys)),
  };
}

/** A ProviderRequest of Gatekeeper with these keys. */
export function providerRequestOf(keys: string[]) {
  return {
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys },
  };
}

/** An AdmissionReview of that object. */
export function reviewOf(object: object | null, more: object = {}) {
  const shown = (object ?? (more as { oldObject?: object }).oldObject ?? {}) as Record<string, string>;
  const [first = '', second] = String(shown.apiVersion).split('/');
  const kind = {
    group: second === undefined ? '' : first,
    version: second ?? first,
    kind: String(shown.kind),
  };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'a-uid',
      kind,
      name: 'app',
      namespace: 'default',
      operation: 'CREATE',
      object,
      oldObject: null,
      dryRun: false,
      ...more,
    },
  };
}

/** Pushes the well signed fixture app 1.2.3. */
export async function pushApp(registry: MemoryRegistry, repository = 'charts/app', signed = true) {
  const archive = await fixture('demo/app-1.2.3.tgz');
  const prov = await fixture('demo/app-1.2.3.tgz.prov');
  return registry.pushChart(repository, '1.2.3', {
    archive,
    config: await appConfig(),
    ...(signed ? { prov } : {}),
  });
}

/** An OCIRepository of Flux for that chart. */
export function ociRepository(url: string, ref: object = { tag: '1.2.3' }) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'app', namespace: 'default' },
    spec: { interval: '10m', url, ref },
  };
}

/** A few turns of the event loop: long enough for what needs no network but the one in memory. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
