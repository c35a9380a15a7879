import { afterEach, expect, test, vi } from 'vitest';
import { keepTlsFresh } from '../../src/platform/node/keep-tls-fresh.ts';
import type { RunningServer } from '../../src/platform/node/serve-handler.ts';
import type { TlsFiles } from '../../src/platform/node/tls-files.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('TLS files are looked at every half minute, and what cannot be used is told and looked at again', async () => {
  vi.useFakeTimers();
  const found = [undefined, new Error('a key of another certificate'), 'renewed'];
  let looked = 0;
  const used: unknown[] = [];
  const messages: string[] = [];
  const files = {
    refresh: async () => {
      const next = found[looked++];
      if (next instanceof Error) throw next;
      return next;
    },
  } as unknown as TlsFiles;
  const server = { setTls: (tls: unknown) => used.push(tls) } as unknown as RunningServer;
  const fresh = keepTlsFresh(files, server, ({ message }) => messages.push(message));
  const state: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    await vi.advanceTimersByTimeAsync(30_000);
    state.push([looked, used.length, messages.length]);
  }
  expect(state).toEqual([
    [1, 0, 0],
    [2, 0, 1],
    [3, 1, 2],
  ]);
  expect(used).toEqual(['renewed']);
  fresh.stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(looked).toBe(3);
});
