import { describe, expect, it } from 'vitest';
import { boxed, EMPTY, text } from './box.ts';
import { clientOf, digestOf, failure, OCI_MANIFEST, REF } from './support.ts';

const NEW = JSON.stringify({ schemaVersion: 2, config: EMPTY, layers: [] });
const NEW_DIGEST = digestOf(NEW);
const put = (session: Awaited<ReturnType<typeof boxed>>['push'], which: string) =>
  session.putManifest(REF, which, text(NEW), OCI_MANIFEST);

describe('putManifest', () => {
  it('by digest and by tag, with its media type, byte for byte', async () => {
    const { registry, push } = await boxed();
    for (const which of [NEW_DIGEST, '1.2.3']) {
      expect(await put(push, which)).toEqual({ digest: NEW_DIGEST, acceptsSubject: false });
    }
    expect(registry.requests[1]?.headers['content-type']).toBe(OCI_MANIFEST);
    const stored = registry.getManifest(REF.repository, '1.2.3');
    expect(new TextDecoder().decode(stored?.bytes)).toBe(NEW);
    expect(registry.count()).toBe(2);
  });

  it('tells whether the registry took note of a subject', async () => {
    const { push, chart } = await boxed();
    const subject = { mediaType: OCI_MANIFEST, digest: chart.digest, size: 1 };
    const bytes = text(JSON.stringify({ schemaVersion: 2, layers: [], subject }));
    expect(await push.putManifest(REF, digestOf(bytes), bytes, OCI_MANIFEST)).toMatchObject({
      acceptsSubject: true,
    });
  });

  it('sends nothing under a digest that is not its own, or that is too large', async () => {
    const { registry, push } = await boxed({ limits: { manifestBytes: 10 } });
    expect(await failure(push.putManifest(REF, digestOf('x'), text('{}'), OCI_MANIFEST))).toMatchObject({
      code: 'registry.digest_mismatch',
    });
    expect(await failure(put(push, '1.2.3'))).toMatchObject({ code: 'registry.too_large' });
    expect(await failure(push.putManifest(REF, '../x', text('{}'), OCI_MANIFEST))).toMatchObject({
      code: 'reference.invalid',
    });
    expect(registry.count()).toBe(0);
  });

  it('under a digest is tried again after resets and 5xx', async () => {
    const { registry, push } = await boxed();
    registry.quirks.status = { match: /^PUT /, status: 502, times: 1 };
    registry.quirks.loseAnswer = { match: /^PUT /, times: 1 };
    await put(push, NEW_DIGEST);
    expect(registry.requests.map((one) => one.method)).toEqual(['PUT', 'PUT', 'PUT']);
  });
});

describe('a tag is not put again blindly', () => {
  it('a lost answer: the tag is looked at and names the manifest', async () => {
    const { registry, push } = await boxed();
    registry.quirks.loseAnswer = { match: /^PUT /, times: 1 };
    expect(await put(push, '1.2.3')).toEqual({ digest: NEW_DIGEST, acceptsSubject: false });
    expect(registry.requests.map((one) => one.method)).toEqual(['PUT', 'HEAD']);
    expect(registry.requests[1]?.headers['cache-control']).toBe('no-cache');
  });

  it('the tag is read where its HEAD tells nothing', async () => {
    const { registry, push } = await boxed();
    registry.quirks = { loseAnswer: { match: /^PUT /, times: 1 }, noHead: true };
    expect((await put(push, '1.2.3')).digest).toBe(NEW_DIGEST);
    expect(registry.requests.map((one) => one.method)).toEqual(['PUT', 'HEAD', 'GET']);
  });

  it('without an expectation it is put once', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.status = { match: /^PUT /, status: 503, times: 1 };
    expect(await failure(put(push, '1.2.3'))).toMatchObject({
      code: 'registry.unavailable',
      retryable: true,
    });
    expect(registry.count(/^PUT /)).toBe(1);
    expect(registry.getManifest(REF.repository, '1.2.3')?.digest).toBe(chart.digest);
  });

  it('with one it is put again while the tag still names that', async () => {
    const { registry, push, chart, slept } = await boxed();
    registry.quirks.status = { match: /^PUT /, status: 503, times: 2 };
    await push.putManifest(REF, '1.2.3', text(NEW), OCI_MANIFEST, { ifMatch: chart.digest });
    expect(registry.requests.map((one) => one.method)).toEqual(['PUT', 'HEAD', 'PUT', 'HEAD', 'PUT']);
    expect(registry.requests[0]?.headers['if-match']).toBe(`"${chart.digest}"`);
    expect(slept).toEqual([150, 300]);
  });

  it('and not when somebody else moved it in between', async () => {
    const { registry, push, chart } = await boxed();
    const other = await registry.pushChart(REF.repository, '1.2.3', { archive: new Uint8Array([9]) });
    registry.quirks.status = { match: /^PUT /, status: 503, times: 1 };
    const error = await failure(
      push.putManifest(REF, '1.2.3', text(NEW), OCI_MANIFEST, { ifMatch: chart.digest }),
    );
    expect(error.code).toBe('registry.precondition');
    expect(error.message).toContain(other.digest);
    expect(error.message).toContain(chart.digest);
    expect(registry.getManifest(REF.repository, '1.2.3')?.digest).toBe(other.digest);
  });

  it('a tag that cannot be looked at leaves the first error', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.status = { status: 503 };
    const error = await failure(
      push.putManifest(REF, '1.2.3', text(NEW), OCI_MANIFEST, { ifMatch: chart.digest }),
    );
    expect(error).toMatchObject({ code: 'registry.unavailable', retryable: true });
    expect(registry.count(/^PUT /)).toBe(1);
  });
});

describe('If-Match', () => {
  it('is judged by a registry that honours it', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.honourIfMatch = true;
    const wrong = push.putManifest(REF, '1.2.3', text(NEW), OCI_MANIFEST, { ifMatch: digestOf('other') });
    expect(await failure(wrong)).toMatchObject({ code: 'registry.precondition', retryable: false });
    expect(registry.getManifest(REF.repository, '1.2.3')?.digest).toBe(chart.digest);
    await push.putManifest(REF, '1.2.3', text(NEW), OCI_MANIFEST, { ifMatch: chart.digest });
    expect(registry.getManifest(REF.repository, '1.2.3')?.digest).toBe(NEW_DIGEST);
  });

  it('412 without it is a refusal, not a moved tag', async () => {
    const { registry, push } = await boxed();
    registry.quirks.status = { match: /^PUT /, status: 412 };
    expect(await failure(put(push, '1.2.3'))).toMatchObject({ code: 'registry.upload_refused' });
  });
});

describe('immutable tags', () => {
  it.each(['docker', 'harbor', 'ecr', 'google', 'azure', 'quay'] as const)('as %s refuses', async (kind) => {
    const { registry, push, chart } = await boxed();
    registry.quirks.immutableTags = kind;
    const error = await failure(
      push.putManifest(REF, '1.2.3', text(NEW), OCI_MANIFEST, { ifMatch: chart.digest }),
    );
    expect(error).toMatchObject({ code: 'registry.tag_immutable', retryable: false });
    expect(error.help).toContain('detached');
    expect(error.message).toContain('charts/app:1.2.3');
    // By digest and under a new tag it is taken.
    await put(push, NEW_DIGEST);
    await put(push, '1.2.4');
  });

  it.each(['harbor', 'ecr'] as const)(
    'the manifest the tag names already is no error (%s refuses it too)',
    async (kind) => {
      const { registry, push, chart } = await boxed();
      registry.quirks.immutableTags = kind;
      expect(await push.putManifest(REF, '1.2.3', chart.bytes, OCI_MANIFEST)).toMatchObject({
        digest: chart.digest,
      });
    },
  );

  it.each([
    [
      400,
      'TAG_INVALID',
      "The image tag '1' already exists in the 'a' repository and cannot be overwritten because the tag is immutable.",
      true,
    ],
    [400, 'UNKNOWN', 'tag=1 cannot be overwritten because host/a is an immutable repository', true],
    [400, 'UNKNOWN', 'The requested tag already exists and cannot be overwritten.', true],
    [400, 'UNKNOWN', 'Repository does not allow updating assets: docker', true],
    [409, '', '', true],
    [400, 'MANIFEST_INVALID', 'manifest invalid', false],
    [400, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', false],
    [403, 'DENIED', 'requested access to the resource is denied', false],
  ])('%i %s "%s"', async (status, code, message, immutable) => {
    const { push } = clientOf(({ method }) =>
      method === 'PUT'
        ? Response.json({ errors: [{ code, message }] }, { status })
        : new Response(null, { headers: { 'docker-content-digest': digestOf('old') } }),
    );
    const error = await failure(push.putManifest(REF, '1', text(NEW), OCI_MANIFEST));
    expect(error.code === 'registry.tag_immutable').toBe(immutable);
    if (!immutable) expect(error.code).toMatch(/upload_refused|unauthorized/);
  });
});
