import { expect, it } from 'vitest';
import { admissionWorld, ociRepository, pushApp, reviewOf, SEGMENT, settle } from '../admission/support.ts';

// When the service is behind with its work there may be no time to judge a review. It is answered all the same: what is
// no 200 is a failed webhook, which some configurations let pass.

const PATH = `/k/${SEGMENT}/admission/validate?timeout=5s`;

async function send(object: object, more: object = {}, lagMs = 60_000) {
  const world = await admissionWorld({ lagMs: () => lagMs });
  await pushApp(world.registry);
  const text = JSON.stringify(reviewOf(object, more));
  let rest: (() => void) | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const bytes = new TextEncoder().encode(text);
      controller.enqueue(bytes.subarray(0, 10));
      rest = () => {
        controller.enqueue(bytes.subarray(10));
        controller.close();
      };
    },
  });
  const pending = world.fetch(PATH, { method: 'POST', body, duplex: 'half' } as RequestInit);
  await settle();
  world.timeIsUp();
  await settle();
  return { world, pending, rest: () => rest?.() };
}

it('a review that waited for longer than it has time is answered, and not judged', async () => {
  const { world, pending, rest } = await send(ociRepository('oci://registry.test/charts/app'));
  rest();
  const answer = await pending;
  expect(answer.status).toBe(200);
  const { response } = (await answer.json()) as {
    response: { uid: string; allowed: boolean; status: object };
  };
  expect([response.uid, response.allowed]).toEqual(['a-uid', false]);
  expect(JSON.stringify(response.status)).toContain('limit.deadline');
  expect(world.timers.map(({ ms, over }) => [ms, over])).toEqual([
    [0, true],
    [1000, true],
  ]);
  expect(world.registry.requests).toEqual([]);
});

it('what needs no judging passes even then', async () => {
  const object = ociRepository('oci://registry.test/charts/app');
  for (const more of [
    { operation: 'DELETE', object: null, oldObject: object },
    {
      operation: 'UPDATE',
      oldObject: object,
      object: { ...object, metadata: { name: 'app', deletionTimestamp: 'x' } },
    },
  ]) {
    const { pending, rest } = await send(object, more);
    rest();
    expect(await (await pending).json()).toMatchObject({ response: { allowed: true } });
  }
});

it('but a body that never comes is given up', async () => {
  const { world, pending } = await send(ociRepository('oci://registry.test/charts/app'), {}, 0);
  expect(world.timers.map(({ ms }) => ms)).toEqual([4250, 1000]);
  world.timeIsUp();
  expect((await pending).status).toBe(400);
});
