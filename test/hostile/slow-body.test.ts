import { expect, it } from 'vitest';
import {
  BLOB,
  challenge,
  clientOf,
  descriptorOf,
  failure,
  hangingBody,
  manifestAnswer,
  NOW,
  REF,
} from '../oci/support.ts';

const PROV = descriptorOf(BLOB);
const limits = { requestTimeoutMs: 5 };
const timeout = { code: 'registry.timeout', retryable: true };
const never = () => new Promise<Response>(() => {});

it('a registry that never answers is given up, though fetch ignores its signal; and not asked again', async () => {
  const { session, seen } = clientOf(never, { limits });
  expect(await failure(session.getManifest(REF, '1'))).toMatchObject(timeout);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.init.signal?.aborted).toBe(true);
});

it('a body that stops coming is given up', async () => {
  for (const body of [hangingBody(), hangingBody('{"schema'), hangingBody('{', '"', 's')]) {
    const { session } = clientOf(() => new Response(body), { limits });
    expect(await failure(session.getManifest(REF, '1'))).toMatchObject(timeout);
  }
});

it('so is the body of a blob, whole or streamed', async () => {
  const { session } = clientOf(() => new Response(hangingBody('prov')), { limits });
  expect(await failure(session.getBlob(REF, PROV, 99))).toMatchObject(timeout);
  const stream = await session.streamBlob(REF, PROV, 99);
  expect(await failure(new Response(stream).arrayBuffer())).toMatchObject(timeout);
});

it('so are the body of an error and a token service', async () => {
  const headers = { 'content-type': 'application/json' };
  const error = clientOf(() => new Response(hangingBody('{'), { status: 404, headers }), { limits });
  expect(await failure(error.session.getManifest(REF, '1'))).toMatchObject({ code: 'chart.not_found' });
  const token = clientOf(
    ({ url }) =>
      url.includes('token') ? never() : challenge('Bearer realm="https://auth.example.com/token"'),
    { limits },
  );
  const failed = await failure(token.session.getManifest(REF, '1'));
  expect(failed).toMatchObject(timeout);
  expect(failed.message).toContain('token service auth.example.com');
});

it('a body that drips keeps nobody past the time for a whole body', async () => {
  const drip = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      controller.enqueue(new Uint8Array([0x20]));
    },
  });
  const { session } = clientOf(() => new Response(drip), { limits: { requestTimeoutMs: 20 } });
  expect(await failure(session.getManifest(REF, '1'))).toMatchObject(timeout);
});

it('past the overall deadline nothing is asked', async () => {
  const { client, seen } = clientOf(() => manifestAnswer());
  const session = client.session({ deadlineMs: NOW });
  const error = await failure(session.getManifest(REF, '1'));
  expect(error).toMatchObject(timeout);
  expect(error.message).toContain('overall deadline');
  expect(seen).toHaveLength(0);
});

it('the overall deadline ends what is under way', async () => {
  const { client } = clientOf(never);
  expect(await failure(client.session({ deadlineMs: NOW + 5 }).getManifest(REF, '1'))).toMatchObject(timeout);
});

it('a caller who gives up is not kept waiting: before, during the headers, during the body', async () => {
  const given = { code: 'registry.cancelled', retryable: true };
  const before = clientOf(() => manifestAnswer());
  const aborted = before.client.session({ signal: AbortSignal.abort() });
  expect(await failure(aborted.getManifest(REF, '1'))).toMatchObject(given);
  expect(before.seen).toHaveLength(0);
  for (const answer of [never, () => new Response(hangingBody('{'))]) {
    const controller = new AbortController();
    const { client } = clientOf(answer);
    const work = failure(client.session({ signal: controller.signal }).getManifest(REF, '1'));
    setImmediate(() => controller.abort());
    expect(await work).toMatchObject(given);
  }
});

it('a waiting time before the next try ends with the caller too', async () => {
  const controller = new AbortController();
  const { client } = clientOf(() => new Response('', { status: 500 }), {
    sleep: () => new Promise(() => {}),
  });
  const work = failure(client.session({ signal: controller.signal }).getManifest(REF, '1'));
  setImmediate(() => controller.abort());
  expect(await work).toMatchObject({ code: 'registry.cancelled' });
});
