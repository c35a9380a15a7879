import { createHash } from 'node:crypto';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/index.ts';
import type { LogRecord } from '../../src/http/index.ts';
import { type RunningService, startService } from '../../src/node.ts';
import { loadConfig } from '../../src/platform/node/load-config.ts';
import { fixture } from '../support/fixtures.ts';
import { PUBLIC_GOOD, publicGoodWith } from '../support/trusted-roots.ts';
import { createTufRepository, MIRROR, type TufRepository, text } from '../support/tuf-repository.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const CONFIG = {
  registries: [{ host: 'registry.example.com' }],
  trust: {
    team: { pgp: 'release.asc' },
    ci: {
      sigstore: { issuer: 'https://issuer.example.com', subject: 'ci@example.com', root: 'public-good' },
    },
  },
  sigstore: { refresh: { mirror: MIRROR, root: 'root.json', trustedRoot: 'first.json', folder: 'kept' } },
  policies: [{ name: 'all', match: ['**'], require: { anyOf: ['team', 'ci'] } }],
  access: { verify: 'anyone' },
};

let there: string;
let repository: TufRepository;
let running: RunningService[];
beforeEach(async () => {
  running = [];
  there = await mkdtemp(join(tmpdir(), 'chartseal-trust-'));
  repository = createTufRepository({ targets: { 'trusted_root.json': publicGoodWith(1) } });
  await writeFile(join(there, 'chartseal.yaml'), JSON.stringify(CONFIG));
  await writeFile(join(there, 'release.asc'), await fixture('keys/release.asc'));
  await writeFile(join(there, 'root.json'), repository.root);
  await writeFile(join(there, 'first.json'), PUBLIC_GOOD);
});
afterEach(async () => {
  for (const service of running) await service.close();
  await rm(there, { recursive: true, force: true });
});

async function start() {
  const records: LogRecord[] = [];
  const waiting: (() => void)[] = [];
  let done = () => {};
  const service = await startService({
    configPath: join(there, 'chartseal.yaml'),
    env: {},
    clock: () => NOW,
    fetch: repository.fetch as typeof fetch,
    log: (record) => records.push(record),
    schedule: (run) => {
      waiting.push(run);
      done();
      return () => {};
    },
  });
  running.push(service);
  const idle = async () => {
    while (waiting.length === 0) await new Promise<void>((resolve) => (done = resolve));
  };
  return {
    records,
    /** Until the refresh that is under way has ended. */
    idle,
    async again() {
      waiting.pop()?.();
      await idle();
    },
    async health() {
      const response = await fetch(`${service.url}/readyz`);
      return ((await response.json()) as { trustRoot: Record<string, unknown> }).trustRoot;
    },
    close: () => service.close(),
  };
}

function rootOf(config: Config): string | undefined {
  const trust = config.trust.get('ci');
  return trust?.scheme === 'sigstore' ? trust.root?.digest : undefined;
}

const messages = (records: LogRecord[]) =>
  records.filter(({ message }) => message !== 'request').map(({ level, message }) => `${level} ${message}`);

describe('a service on Node', () => {
  test('does not wait for its first refresh, and takes what that brings without a restart', async () => {
    let answer = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    repository.answers.set('timestamp.json', async () => {
      await held;
      return new Response(repository.files.get('timestamp.json') as BodyInit);
    });
    const service = await start();
    expect(await service.health()).toEqual({
      digest: digestOf(PUBLIC_GOOD),
      refreshedAt: null,
      expires: null,
    });
    answer();
    await service.idle();
    expect(await service.health()).toEqual({
      digest: digestOf(publicGoodWith(1)),
      refreshedAt: '2026-11-24T12:00:00.000Z',
      expires: '2026-12-24T00:00:00.000Z',
    });
    expect(messages(service.records)).toEqual([
      'info trusted root refreshed',
      'info trusted root taken into use',
    ]);
    repository.publish({ 'trusted_root.json': publicGoodWith(2) });
    await service.again();
    expect(await service.health()).toMatchObject({ digest: digestOf(publicGoodWith(2)) });
  });

  test('begins with the last good one that is kept, without a mirror', async () => {
    const first = await start();
    await first.idle();
    await first.close();
    repository.answers.set('2.root.json', () => Promise.reject(new TypeError('fetch failed')));
    const second = await start();
    expect(await second.health()).toMatchObject({ digest: digestOf(publicGoodWith(1)) });
    await second.idle();
    expect(await second.health()).toEqual({
      digest: digestOf(publicGoodWith(1)),
      refreshedAt: '2026-11-24T12:00:00.000Z',
      expires: '2026-12-24T00:00:00.000Z',
      problem: 'tuf.unavailable',
    });
    expect(messages(second.records)).toEqual(['warn trusted root not refreshed, the last good one stays']);
  });

  test('keeps what it has when what comes is no trusted root, however well it is signed', async () => {
    const service = await start();
    await service.idle();
    for (const nonsense of ['nonsense', '{}', '{"mediaType":"x","certificateAuthorities":5}']) {
      repository.publish({ 'trusted_root.json': text(nonsense) });
      await service.again();
      expect(await service.health()).toMatchObject({
        digest: digestOf(publicGoodWith(1)),
        problem: 'sigstore.root_invalid',
      });
    }
    repository.publish({ 'trusted_root.json': publicGoodWith(3) });
    await service.again();
    const health = await service.health();
    expect(health).toMatchObject({ digest: digestOf(publicGoodWith(3)) });
    expect(health).not.toHaveProperty('problem');
  });

  test('takes the new root and nothing else of what changed on the disk', async () => {
    const service = await start();
    await service.idle();
    await writeFile(join(there, 'chartseal.yaml'), 'half written: [');
    await rm(join(there, 'release.asc'));
    repository.publish({ 'trusted_root.json': publicGoodWith(2) });
    await service.again();
    expect(await service.health()).toMatchObject({ digest: digestOf(publicGoodWith(2)) });
  });

  test('does not start on a folder that is none, as it cannot know what was trusted last', async () => {
    await writeFile(join(there, 'kept'), 'a file');
    await expect(start()).rejects.toThrow(/sigstore\.refresh: cannot read the trusted root that is in use/);
  });

  test('without "sigstore" asks nobody and tells nothing', async () => {
    await writeFile(join(there, 'chartseal.yaml'), JSON.stringify({ ...CONFIG, sigstore: {} }));
    const service = await start();
    expect(await service.health()).toBeUndefined();
    expect(repository.asked).toEqual([]);
    await expect(access(join(there, 'kept'))).rejects.toThrow();
  });

  test('answers a request with the service that it came to, while another takes its place', async () => {
    const service = await start();
    await service.idle();
    const before = await service.health();
    repository.publish({ 'trusted_root.json': publicGoodWith(2) });
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => service.health()),
      service.again(),
    ]);
    for (const answer of answers.slice(0, -1) as Record<string, unknown>[]) {
      expect([before.digest, digestOf(publicGoodWith(2))]).toContain(answer.digest);
    }
  });

  test('what is kept can be read by "chartseal verify" and others beside it', async () => {
    const load = () => loadConfig(join(there, 'chartseal.yaml'), { env: {}, use: 'verify' });
    const before = await load();
    const service = await start();
    await service.idle();
    const config = await load();
    expect(config.trustRefresh?.inUse).toBe(digestOf(publicGoodWith(1)));
    expect(rootOf(before)).toBe(digestOf(PUBLIC_GOOD));
    expect(rootOf(config)).toBe(digestOf(publicGoodWith(1)));
    // What was judged with another root is not taken out of a cache.
    expect(config.policies[0]?.revision).not.toBe(before.policies[0]?.revision);
    expect(JSON.parse(await readFile(join(there, 'kept', 'tuf.json'), 'utf8')).format).toBe(1);
  });
});
