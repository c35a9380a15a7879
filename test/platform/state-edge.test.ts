import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { describe, expect, it } from 'vitest';
import { durableLeases } from '../../src/platform/edge/durable-leases.ts';
import { LockObject, type LockObjectState } from '../../src/platform/edge/lock-object.ts';
import type { State } from '../../src/state/index.ts';
import { describeState } from '../support/state-suite.ts';

const WORKER = fileURLToPath(new URL('../support/edge-state-worker.ts', import.meta.url));

function bundle(entry: string, minify = false) {
  return build({
    entryPoints: [entry],
    bundle: true,
    minify,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker'],
    write: false,
    metafile: true,
  });
}

describeState('state at the edge, in workerd', async () => {
  const { outputFiles } = await bundle(WORKER);
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      d1Databases: { AUDIT: 'audit' },
      durableObjects: { LOCKS: { className: 'TestLock', useSQLite: true } },
    }),
    telemetry: { enabled: false },
  });
  const ask = async <T>(call: string, ...args: unknown[]): Promise<T> => {
    const answer = await miniflare.dispatchFetch('http://state.test/', {
      method: 'POST',
      body: JSON.stringify({ call, args }),
    });
    const { value, message } = (await answer.json()) as { value: T; message?: string };
    if (message !== undefined) throw new Error(message);
    return value;
  };
  const state: State = {
    audit: {
      append: (entry) => ask('append', entry),
      read: (options) => ask('read', options),
      head: () => ask('head'),
    },
    leases: {
      acquire: async (key, owner, ttlMs) => {
        const id = await ask<number | undefined>('acquire', `${round}/${key}`, owner, ttlMs);
        if (id === undefined) return undefined;
        return { renew: async () => ask('renew', id), release: async () => ask('release', id) };
      },
    },
    close: async () => {},
  };
  let round = 0;
  return {
    open: async () => state,
    advance: async (ms) => ask('advance', ms),
    tamper: async (statement) => ask('sql', statement),
    // The table goes too: the next append finds it missing and makes it.
    reset: async () => {
      round++;
      await ask('sql', 'DROP TABLE IF EXISTS chartseal_audit');
    },
    stop: () => miniflare.dispose(),
  };
});

describe('LockObject', () => {
  function storage() {
    const kept = new Map<string, unknown>();
    let alarm: number | undefined;
    const state: LockObjectState = {
      storage: {
        get: async <T>(key: string) => kept.get(key) as T | undefined,
        put: async (key, value) => void kept.set(key, value),
        deleteAll: async () => kept.clear(),
        setAlarm: async (time) => {
          alarm = time;
        },
        deleteAlarm: async () => {
          alarm = undefined;
        },
      },
    };
    return { state, kept, alarm: () => alarm };
  }
  class Clocked extends LockObject {
    time = 1000;
    protected override now() {
      return this.time;
    }
  }
  const leasesOf = (lock: LockObject) =>
    durableLeases({
      idFromName: (name) => name,
      get: () => ({ fetch: (url, init) => lock.fetch(new Request(url, init)) }),
    });

  it('stores nothing when nobody holds it', async () => {
    const { state, kept, alarm } = storage();
    const lease = await leasesOf(new Clocked(state)).acquire('tag', 'a', 500);
    expect([kept.size, alarm()]).toEqual([1, 1500]);
    await lease!.release();
    expect([kept.size, alarm()]).toEqual([0, undefined]);
  });

  it('cleans up behind whoever was killed, and not behind whoever renewed', async () => {
    const { state, kept, alarm } = storage();
    const lock = new Clocked(state);
    const lease = await leasesOf(lock).acquire('tag', 'a', 500);
    lock.time = 1400;
    await lease!.renew();
    lock.time = 1500;
    await lock.alarm();
    expect([kept.size, alarm()]).toEqual([1, 1900]);
    lock.time = 1900;
    await lock.alarm();
    expect([kept.size, alarm()]).toEqual([0, undefined]);
    expect(await lease!.renew()).toBe(false);
  });

  it('that cannot be reached is an error, not a lock that is free or taken', async () => {
    const unreachable = (fetch: () => Promise<Response>) =>
      durableLeases({ idFromName: (name) => name, get: () => ({ fetch }) }).acquire('tag', 'a', 500);
    const code = 'lock.unavailable';
    await expect(unreachable(async () => new Response('', { status: 500 }))).rejects.toMatchObject({ code });
    await expect(unreachable(async () => Promise.reject(new Error('reset')))).rejects.toMatchObject({ code });
    await expect(unreachable(async () => new Response('<html>'))).rejects.toMatchObject({ code });
  });
});

describe('what is loaded', () => {
  const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

  it('at the edge is the D1 driver alone, and small', async () => {
    const { metafile, outputFiles } = await bundle(source('platform/edge/open-edge-state.ts'), true);
    // drizzle's own modules import each other across dialects; what is not used is left out of the output.
    const packages = Object.keys(metafile.inputs).flatMap((path) => path.split('node_modules/')[1] ?? []);
    expect(packages.filter((path) => !path.startsWith('drizzle-orm/'))).toEqual([]);
    expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(40 * 1024);
  });

  it('on Node, until state is opened, is no driver', async () => {
    for (const path of ['platform/state/open-state.ts', 'state/index.ts']) {
      const text = await staticImports(source(path), new Set());
      expect(text.filter((name) => !name.startsWith('.') && !name.startsWith('node:'))).toEqual([]);
    }
  });

  async function staticImports(file: string, seen: Set<string>): Promise<string[]> {
    if (seen.has(file)) return [];
    seen.add(file);
    const code = await readFile(file, 'utf8');
    const names = [...code.matchAll(/^(?:import|export)(?! type)[^;]*? from '([^']+)';/gm)].map(
      (match) => match[1]!,
    );
    const deeper = names
      .filter((name) => name.startsWith('.'))
      .map((name) => staticImports(fileURLToPath(new URL(name, `file://${file}`)), seen));
    return [...names, ...(await Promise.all(deeper)).flat()];
  }
});
