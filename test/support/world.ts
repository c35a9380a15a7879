import { readPrivateKey } from 'openpgp';
import {
  createMemoryRegistry,
  type MemoryRegistry,
  type NetworkHost,
} from '../../src/memory-registry/index.ts';
import { fixture } from './fixtures.ts';
import { NOW, runtime, startService, type TestService } from './service.ts';

/** One registry and one service that may ask it. */
export interface World {
  registry: MemoryRegistry;
  service: TestService;
}

export interface WorldOptions {
  /** Beside registry.test, by host. */
  others?: Record<string, NetworkHost>;
  /** Replaces or adds top-level parts of the configuration. */
  config?: Record<string, unknown>;
  files?: Record<string, Uint8Array>;
  secrets?: Record<string, string>;
  now?: number;
  /** Kinds of records that the audit log does not take. */
  auditRefuses?: string[];
  /** The release key may sign in registry.test/charts for the one caller, who may read the audit log. */
  signing?: boolean;
}

/**
 * Limits of the service that no good answer of a suite meets, however busy the machine: a suite in which somebody is
 * silent sets its own.
 */
export const PATIENT = { requestTimeoutMs: 20_000, overallTimeoutMs: 40_000, retries: 0 };

/** Where somebody is silent, and all else answers: in workerd requests pass through sockets. */
export const IMPATIENT = {
  requestTimeoutMs: runtime === 'workerd' ? 1000 : 300,
  overallTimeoutMs: 20_000,
  retries: 0,
};

export const TOKEN = 'test-token-0123456789abcdef-0123456789abcdef';
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

const ENTRY = {
  pgp: { secret: 'RELEASE_KEY' },
  repositories: ['registry.test/charts/**'],
  callers: ['tester'],
};
const SIGNING = {
  signing: [
    { name: 'release', ...ENTRY },
    { name: 'replacer', ...ENTRY, mayReplace: true },
  ],
  access: { verify: 'callers', audit: ['tester'] },
};

/** The secret half of the fixtures' release key, armored. */
export async function releaseSecret(): Promise<string> {
  return (await readPrivateKey({ binaryKey: await fixture('keys/release.secret.gpg') })).armor();
}

/**
 * A configuration that trusts the fixtures' release key, for registry.test, with one caller; and the registry.
 */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const registry = createMemoryRegistry({ host: 'registry.test', clock: () => options.now ?? NOW });
  const service = await startService({
    config: JSON.stringify({
      registries: [{ host: 'registry.test' }],
      trust: { release: { pgp: 'release.asc' } },
      policies: [{ name: 'default', match: ['**'], require: 'release' }],
      callers: { tester: { token: { secret: 'TESTER' } } },
      limits: PATIENT,
      ...(options.signing === true ? SIGNING : {}),
      ...options.config,
    }),
    files: {
      'release.asc': await fixture('keys/release.asc'),
      'stranger.asc': await fixture('keys/stranger.asc'),
      ...options.files,
    },
    secrets: {
      TESTER: TOKEN,
      ...(options.signing === true ? { RELEASE_KEY: await releaseSecret() } : {}),
      ...options.secrets,
    },
    hosts: { 'registry.test': registry, ...options.others },
    now: options.now ?? NOW,
    auditRefuses: options.auditRefuses ?? [],
  });
  return { registry, service };
}

/** Pushes the well signed fixture app 1.2.3. */
export async function pushGood(registry: MemoryRegistry, repository = 'charts/app', tag = '1.2.3') {
  const archive = await fixture('demo/app-1.2.3.tgz');
  const prov = await fixture('demo/app-1.2.3.tgz.prov');
  return registry.pushChart(repository, tag, { archive, prov, config: await appConfig() });
}

/** Chart.yaml of the fixture app, as fields. */
export async function appConfig(version = '1.2.3'): Promise<Record<string, unknown>> {
  const { readYaml } = await import('../../src/chart/index.ts');
  const text = new TextDecoder().decode(await fixture('charts/app/Chart.yaml'));
  return { ...(readYaml(text) as Record<string, unknown>), version };
}
