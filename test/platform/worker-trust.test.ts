import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PUBLIC_GOOD, publicGoodWith } from '../support/trusted-roots.ts';
import { createTufRepository, MIRROR } from '../support/tuf-repository.ts';

// One isolate of the Worker over time. test/platform/trust-edge.test.ts runs it in workerd, where time cannot be set.

const bundled = vi.hoisted(() => ({ text: '', path: 'chartseal.yaml', files: {} as Record<string, string> }));
vi.mock('#worker-config', () => ({ bundledConfig: bundled }));

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const NOW = Date.UTC(2026, 10, 24, 12);

const CONFIG = {
  registries: [{ host: 'registry.example.com' }],
  trust: { team: { pgp: 'release.asc' } },
  sigstore: { refresh: { mirror: MIRROR, root: 'root.json', trustedRoot: 'first.json' } },
  policies: [{ name: 'all', match: ['**'], require: 'team' }],
  access: { verify: 'anyone' },
};

function kv() {
  const kept = new Map<string, ArrayBuffer>();
  const state = { reads: 0, broken: false };
  return {
    state,
    namespace: {
      get: async (key: string) => {
        state.reads++;
        if (state.broken) throw new Error('KV is down');
        return kept.get(key) ?? null;
      },
      put: async (key: string, value: ArrayBuffer) => void kept.set(key, value),
    },
  };
}

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  for (const method of ['log', 'error'] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function isolate(sigstore: object | undefined = CONFIG.sigstore) {
  const repository = createTufRepository({ targets: { 'trusted_root.json': publicGoodWith(1) } });
  vi.stubGlobal('fetch', (url: string) => repository.fetch(url, {}));
  bundled.text = JSON.stringify({ ...CONFIG, sigstore });
  bundled.files = {
    'release.asc': readFileSync(new URL('../fixtures/keys/release.asc', import.meta.url)).toString('base64'),
    'root.json': base64(repository.root),
    'first.json': base64(PUBLIC_GOOD),
  };
  const { default: worker } = await import('../../src/worker.ts');
  const { state, namespace } = kv();
  const environment: Record<string, unknown> = { TRUST: namespace };
  const health = async () => {
    const background: Promise<unknown>[] = [];
    const response = await worker.fetch(new Request('https://chartseal.test/readyz'), environment, {
      waitUntil: (promise) => background.push(promise),
    });
    await Promise.all(background);
    if (!response.ok) return response.status;
    return ((await response.json()) as { trustRoot?: { digest: string } }).trustRoot;
  };
  return { repository, worker, state, environment, health };
}

describe('one isolate', () => {
  it('looks for a newer trusted root every few minutes, beside a request, and takes it', async () => {
    const { worker, environment, health, state } = await isolate();
    expect(await health()).toMatchObject({ digest: digestOf(PUBLIC_GOOD) });
    await worker.scheduled({}, environment);
    const { reads } = state;
    vi.setSystemTime(NOW + 299_000);
    expect(await health()).toMatchObject({ digest: digestOf(PUBLIC_GOOD) });
    expect(state.reads).toBe(reads);
    vi.setSystemTime(NOW + 300_000);
    await health();
    expect(await health()).toMatchObject({ digest: digestOf(publicGoodWith(1)) });
    expect(state.reads).toBeGreaterThan(reads);
  });

  it('goes on with what it has when KV cannot be read later, and does not begin without it', async () => {
    const { worker, environment, health, state } = await isolate();
    await worker.scheduled({}, environment);
    state.broken = true;
    expect(await health()).toBe(500);
    state.broken = false;
    expect(await health()).toMatchObject({ digest: digestOf(publicGoodWith(1)) });
    state.broken = true;
    vi.setSystemTime(NOW + 300_000);
    await health();
    expect(await health()).toMatchObject({ digest: digestOf(publicGoodWith(1)) });
  });

  it('needs the binding TRUST where something is refreshed', async () => {
    const { worker, environment, health } = await isolate();
    delete environment.TRUST;
    expect(await health()).toBe(500);
    await expect(worker.scheduled({}, environment)).rejects.toThrow(/binding TRUST/);
  });

  it('without "sigstore" has nothing to do when the cron rings', async () => {
    const { worker, environment, health, state, repository } = await isolate({});
    await worker.scheduled({}, environment);
    expect(await health()).toBeUndefined();
    expect([state.reads, repository.asked.length]).toEqual([0, 0]);
  });
});
