import { expect, it } from 'vitest';
import { parseReference } from '../../src/oci/index.ts';
import { BLOB, challenge, clientOf, descriptorOf, failure, REF } from '../oci/support.ts';

const CHUNK = new Uint8Array(64 * 1024).fill(0x20);

/** A body without end that counts how much of it was taken, and whether it was given up. */
function endless() {
  const state = { bytes: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      state.bytes += CHUNK.byteLength;
      controller.enqueue(CHUNK);
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return { state, body };
}

const LIMIT = {
  manifestBytes: 100_000,
  tokenBytes: 100_000,
  tagListBytes: 100_000,
  errorBytes: 100_000,
  retries: 0,
};
const MOST = 100_000 + 4 * CHUNK.byteLength;

it.each([
  ['a manifest', 200, 'registry.too_large', (s: Session) => s.getManifest(REF, '1')],
  ['a tag list', 200, 'registry.too_large', (s: Session) => s.listTags(REF)],
  ['a blob', 200, 'registry.too_large', (s: Session) => s.getBlob(REF, descriptorOf(BLOB), 100_000)],
  ['an error', 500, 'registry.unavailable', (s: Session) => s.getManifest(REF, '1')],
])('%s without end is read up to its limit and given up', async (_name, status, code, work) => {
  const { state, body } = endless();
  const headers = { 'content-type': 'application/json' };
  const { session } = clientOf(() => new Response(body, { status, headers }), { limits: LIMIT });
  const error = await failure(work(session));
  expect(error.code).toBe(code);
  expect(state.cancelled).toBe(true);
  expect(state.bytes).toBeLessThanOrEqual(MOST);
});

it('a streamed blob without end is given up past the size in the manifest', async () => {
  const { state, body } = endless();
  const { session } = clientOf(() => new Response(body));
  const stream = await session.streamBlob(REF, descriptorOf(BLOB), 100_000);
  expect(await failure(new Response(stream).arrayBuffer())).toMatchObject({
    code: 'registry.digest_mismatch',
  });
  expect(state.cancelled).toBe(true);
  expect(state.bytes).toBeLessThanOrEqual(4 * CHUNK.byteLength);
});

it('a token answer without end', async () => {
  const { state, body } = endless();
  const { session } = clientOf(
    ({ url }) =>
      url.includes('/token')
        ? new Response(body)
        : challenge('Bearer realm="https://auth.example.com/token"'),
    { limits: LIMIT },
  );
  expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.too_large' });
  expect(state.cancelled).toBe(true);
});

it('a body that announces too much is not read at all', async () => {
  const { state, body } = endless();
  const { session } = clientOf(() => new Response(body, { headers: { 'content-length': '999999999' } }), {
    limits: LIMIT,
  });
  expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.too_large' });
  expect(state).toMatchObject({ cancelled: true });
  expect(session.stats.bytes).toBe(0);
});

it('a blob the manifest says to be too large is not asked for', async () => {
  const { session, seen } = clientOf(() => new Response(BLOB));
  expect(await failure(session.getBlob(REF, descriptorOf(BLOB), 3))).toMatchObject({
    code: 'registry.too_large',
  });
  expect(await failure(session.streamBlob(REF, descriptorOf(BLOB), 3))).toMatchObject({
    code: 'registry.too_large',
  });
  expect(seen).toHaveLength(0);
});

it('redirects and bodies that nobody reads are given up, so that their connections are free', async () => {
  const { state, body } = endless();
  const { session } = clientOf((_, i) =>
    i === 0
      ? new Response(body, { status: 307, headers: { location: 'https://cdn.example.com/x' } })
      : new Response(BLOB),
  );
  await session.getBlob(parseReference('oci://registry.example.com/a'), descriptorOf(BLOB), 99);
  expect(state.cancelled).toBe(true);
});

type Session = ReturnType<typeof clientOf>['session'];
