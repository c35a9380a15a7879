import { describe, expect, test } from 'vitest';
import { createClient, expectRefused } from '../sigstore/tuf/support.ts';
import { createTufRepository, text } from '../support/tuf-repository.ts';

// A mirror that never stops sending, or never begins, must not hold a refresh, fill the memory or take away the last
// good trusted root.

async function endless(path: string) {
  const repository = createTufRepository({ hashes: false });
  const client = createClient(repository);
  await client.refresh();
  repository.publish({ 'trusted_root.json': text('second') });
  const state = { sent: 0, cancelled: false };
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        state.sent += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
      cancel() {
        state.cancelled = true;
      },
    });
  const target = [...repository.files.keys()].findLast((name) => name.startsWith('targets/'))!;
  repository.answers.set(path === 'target' ? target : path, () => new Response(body()));
  return { client, state };
}

describe('a body without an end', () => {
  test.each(['2.root.json', 'timestamp.json', '2.snapshot.json', '2.targets.json', 'target'])(
    '%s is read up to its limit and given up',
    async (path) => {
      const { client, state } = await endless(path);
      await expectRefused(client, 'tuf.too_large');
      expect(state.cancelled).toBe(true);
      expect(state.sent).toBeLessThan(2 * 1024 * 1024);
      expect(await client.kept()).toBe('first');
    },
  );
});

describe('an answer that does not come', () => {
  test.each(['requestTimeoutMs', 'overallTimeoutMs'])('is given up (%s)', async (limit) => {
    const repository = createTufRepository();
    const client = createClient(repository, { limits: { [limit]: 20 } });
    repository.answers.set('timestamp.json', () => new Promise(() => {}));
    await expectRefused(client, 'tuf.unavailable', /20 ms/);
  });

  test('nor does one whose body stops in the middle', async () => {
    const repository = createTufRepository();
    const client = createClient(repository, { limits: { requestTimeoutMs: 20 } });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(text('{')),
      pull: () => new Promise(() => {}),
    });
    repository.answers.set('timestamp.json', () => new Response(body));
    await expectRefused(client, 'tuf.unavailable', /20 ms/);
  });
});

test('a root for every version there is ends at the number of steps that one refresh takes', async () => {
  const repository = createTufRepository();
  const client = createClient(repository, { limits: { rootRotations: 5 } });
  for (let step = 0; step < 8; step++) repository.publishRoot();
  await client.refresh();
  expect(repository.asked.filter((path) => path.endsWith('.root.json'))).toHaveLength(5);
});
