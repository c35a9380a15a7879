import type { MemoryRegistry } from '../../src/memory-registry/index.ts';
import { type AuditRecord, verifyChain } from '../../src/state/index.ts';
import { fixture } from './fixtures.ts';
import { ask } from './service.ts';
import { AUTHORIZED, appConfig, createWorld, PATIENT, type World, type WorldOptions } from './world.ts';

/** What a test puts between the service and the registry. An answer given is that of the registry. */
export interface Hooks {
  before?: ((request: Request) => unknown) | undefined;
  after?: ((request: Request) => unknown) | undefined;
}

/** A world in which charts are signed, with the questions that its tests ask. */
export interface SigningWorld extends World {
  hooks: Hooks;
  sign(body: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** Puts an unsigned chart (the fixture app) under `charts/…/app:1.2.3`. */
  push(repository?: string, archive?: Uint8Array): Promise<{ digest: string; reference: string }>;
  /** POST, PUT and PATCH that the registry got. */
  writes(): string[];
  tag(repository?: string): string | undefined;
  /** The whole audit log, its chain checked. */
  records(): Promise<AuditRecord[]>;
  verdict(reference: string): Promise<string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers and problems alike
  body: any;
}

export const RELEASE_ENTRY = {
  name: 'release',
  pgp: { secret: 'RELEASE_KEY' },
  repositories: ['registry.test/charts/**'],
  callers: ['tester'],
};

export async function createSigningWorld(options: WorldOptions = {}): Promise<SigningWorld> {
  const hooks: Hooks = {};
  let registry: MemoryRegistry | undefined;
  const hooked = {
    fetch: async (request: Request): Promise<Response> => {
      const instead = await hooks.before?.(request);
      if (instead instanceof Response) return instead;
      const answer = await (registry as MemoryRegistry).fetch(request);
      const other = await hooks.after?.(request);
      return other instanceof Response ? other : answer;
    },
  };
  const world = await createWorld({
    signing: true,
    ...options,
    config: {
      limits: {
        ...PATIENT,
        rate: { callerSignatures: 10_000, callerVerifications: 10_000 },
      },
      ...options.config,
    },
    others: { 'registry.test': hooked, ...options.others },
  });
  registry = world.registry;
  return {
    ...world,
    hooks,
    async sign(body, headers = AUTHORIZED) {
      const init = { method: 'POST', headers, body: JSON.stringify({ with: ['release'], ...body }) };
      const response = await world.service.fetch('/v1/sign', init);
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    async push(repository = 'charts/app', archive) {
      const { digest } = await world.registry.pushChart(repository, '1.2.3', {
        archive: archive ?? (await fixture('demo/app-1.2.3.tgz')),
        config: await appConfig(),
      });
      world.registry.requests.length = 0;
      return { digest, reference: `oci://registry.test/${repository}:1.2.3` };
    },
    writes: () =>
      world.registry.requests
        .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
        .map(({ method, path }) => `${method} ${path}`),
    tag: (repository = 'charts/app') => world.registry.getManifest(repository, '1.2.3')?.digest,
    async records() {
      const records: AuditRecord[] = [];
      for (;;) {
        const after = records.at(-1)?.seq ?? 0;
        const answer = await world.service.fetch(`/v1/audit?limit=1000&after=${after}`, {
          headers: AUTHORIZED,
        });
        const page = (await answer.json()) as { records: AuditRecord[]; next: number | null };
        records.push(...page.records);
        if (page.next === null) break;
      }
      const chain = await verifyChain(records);
      if (!chain.intact) throw new Error(chain.message);
      return records;
    },
    async verdict(reference) {
      const { body } = await ask(
        world.service,
        { reference },
        { ...AUTHORIZED, 'cache-control': 'no-cache' },
      );
      return body.verdict;
    },
  };
}
