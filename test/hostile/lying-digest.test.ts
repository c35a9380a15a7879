import { describe, expect, it } from 'vitest';
import {
  BLOB,
  clientOf,
  descriptorOf,
  digestOf,
  failure,
  MANIFEST,
  manifestAnswer,
  REF,
} from '../oci/support.ts';

const PROV = descriptorOf(BLOB);
const OTHER = digestOf('other');

describe('what was read is hashed, whatever a header says', () => {
  it.each([
    ['a manifest by digest that is another', () => manifestAnswer(), OTHER, {}],
    [
      'even if the header confirms it',
      () => manifestAnswer(MANIFEST, { 'docker-content-digest': OTHER }),
      OTHER,
      {},
    ],
    [
      'a tag whose header contradicts its content',
      () => manifestAnswer(MANIFEST, { 'docker-content-digest': OTHER }),
      '1',
      {},
    ],
    [
      'a header in upper case that contradicts',
      () => manifestAnswer(MANIFEST, { 'docker-content-digest': OTHER.toUpperCase() }),
      '1',
      {},
    ],
  ])('%s', async (_name, answer, which) => {
    const { session, seen } = clientOf(answer);
    const error = await failure(session.getManifest(REF, which));
    expect(error).toMatchObject({ code: 'registry.digest_mismatch', retryable: false });
    expect(error.message).toContain(digestOf(MANIFEST));
    expect(seen).toHaveLength(1);
  });

  it('a header that agrees, or of another algorithm, or absent, is fine', async () => {
    for (const header of [digestOf(MANIFEST), 'sha512:abc', '']) {
      const { session } = clientOf(() => manifestAnswer(MANIFEST, { 'docker-content-digest': header }));
      expect((await session.getManifest(REF, '1')).digest).toBe(digestOf(MANIFEST));
    }
  });

  it('a HEAD by digest that names another', async () => {
    const { session } = clientOf(() => new Response(null, { headers: { 'docker-content-digest': OTHER } }));
    expect(await failure(session.headManifest(REF, digestOf(MANIFEST)))).toMatchObject({
      code: 'registry.digest_mismatch',
    });
  });

  const wrong: [string, string][] = [
    ['other bytes of the same length', 'Provenance text'],
    ['more bytes', `${BLOB}!`],
    ['none', ''],
  ];
  it.each(wrong)('a blob of %s', async (_name, body) => {
    const answer = () => new Response(body, { headers: { 'content-length': String(body.length) } });
    expect(await failure(clientOf(answer).session.getBlob(REF, PROV, 99))).toMatchObject({
      code: 'registry.digest_mismatch',
    });
    const stream = await clientOf(answer).session.streamBlob(REF, PROV, 99);
    expect(await failure(new Response(stream).arrayBuffer())).toMatchObject({
      code: 'registry.digest_mismatch',
    });
  });

  it.each([
    ['less than Content-Length', BLOB.slice(1), BLOB.length],
    ['more than Content-Length', BLOB, BLOB.length - 1],
    ['less, without Content-Length', BLOB.slice(1), undefined],
  ])('%s is an answer that broke off, and may be tried again', async (_name, body, length) => {
    const headers: Record<string, string> = length === undefined ? {} : { 'content-length': String(length) };
    const broken = { code: 'registry.truncated', retryable: true };
    const { session, seen } = clientOf(() => new Response(body, { headers }));
    expect(await failure(session.getBlob(REF, PROV, 99))).toMatchObject(broken);
    expect(seen).toHaveLength(3);
    const stream = await clientOf(() => new Response(body, { headers })).session.streamBlob(REF, PROV, 99);
    expect(await failure(new Response(stream).arrayBuffer())).toMatchObject(broken);
  });

  it('a manifest whose Content-Length is another', async () => {
    const { session } = clientOf(() => manifestAnswer(MANIFEST, { 'content-length': '7' }));
    expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.truncated' });
  });
});
