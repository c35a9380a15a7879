import { describe, expect, it } from 'vitest';
import { fallbackTag, refersTo } from '../../src/oci/index.ts';
import { boxed, fallbackEntries, OCI_INDEX, referrer } from '../oci/box.ts';
import { descriptorOf, digestOf, failure, OCI_MANIFEST, REF } from '../oci/support.ts';

describe('a fallback tag that leads to the subject itself (GitLab)', () => {
  it('is no list of referrers', async () => {
    const { registry, pull, chart } = await boxed();
    registry.quirks = { noReferrers: true, fallbackTagIsSubject: true };
    expect(await pull.listReferrers(REF, chart.digest)).toEqual({ store: 'none', entries: [] });
  });

  it('nor where the subject is an index, whose manifests do not refer to it', async () => {
    const { registry, pull } = await boxed();
    registry.quirks = { noReferrers: true, fallbackTagIsSubject: true };
    const manifests = [descriptorOf('member', OCI_MANIFEST)];
    const subject = await registry.putManifest(
      REF.repository,
      undefined,
      { schemaVersion: 2, manifests },
      OCI_INDEX,
    );
    expect(await pull.listReferrers(REF, subject)).toEqual({ store: 'none', entries: [] });
  });

  it('is made when something is attached', async () => {
    const { registry, push, pull, chart } = await boxed();
    registry.quirks = { noReferrers: true, fallbackTagIsSubject: true };
    const { bytes, digest, type } = referrer(chart.digest);
    await push.attachReferrer(REF, bytes, type, chart.digest);
    expect(await pull.listReferrers(REF, chart.digest)).toMatchObject({
      store: 'tag',
      entries: [{ digest }],
    });
    expect(registry.getManifest(REF.repository, '1.2.3')?.digest).toBe(chart.digest);
  });
});

describe('a fallback tag that names another manifest', () => {
  const other = { schemaVersion: 2, config: descriptorOf('{}'), layers: [] };

  it('is no list of referrers, and is not overwritten', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const tag = fallbackTag(chart.digest);
    const digest = await registry.putManifest(REF.repository, tag, other, OCI_MANIFEST);
    expect(await push.listReferrers(REF, chart.digest)).toEqual({ store: 'none', entries: [] });
    const { bytes, type } = referrer(chart.digest);
    expect(await failure(push.attachReferrer(REF, bytes, type, chart.digest))).toMatchObject({
      code: 'registry.upload_refused',
      message: expect.stringContaining('not overwritten'),
    });
    expect(registry.getManifest(REF.repository, tag)?.digest).toBe(digest);
  });

  it.each([
    ['a Docker list', { manifests: [] }, 'application/vnd.docker.distribution.manifest.list.v2+json'],
    ['text', {}, 'text/html'],
  ])('%s is not taken for one', async (_name, body, type) => {
    const { registry, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    await registry.putManifest(REF.repository, fallbackTag(chart.digest), bytes, type);
    expect(await push.listReferrers(REF, chart.digest)).toEqual({ store: 'none', entries: [] });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an image manifest that is sent as an index', '{"schemaVersion":2,"config":{},"layers":[]}'],
    ['another media type inside', `{"mediaType":"${OCI_MANIFEST}","manifests":[]}`],
    ['manifests that are no list', '{"manifests":{}}'],
    ['a key twice', '{"manifests":[],"manifests":[]}'],
    ['a key twice in other case', '{"manifests":[],"Manifests":[]}'],
    ['no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ])('an index that is %s is an error, not an empty list, and is not overwritten', async (_name, body) => {
    const { registry, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const tag = fallbackTag(chart.digest);
    const digest = await registry.putManifest(REF.repository, tag, bytes, OCI_INDEX);
    const { bytes: mine, type } = referrer(chart.digest);
    for (const work of [
      () => push.listReferrers(REF, chart.digest),
      () => push.attachReferrer(REF, mine, type, chart.digest),
    ]) {
      expect(await failure(work())).toMatchObject({ code: 'registry.protocol', retryable: false });
    }
    expect(registry.getManifest(REF.repository, tag)?.digest).toBe(digest);
  });
});

it('entries with another subject are listed as claims, and their manifests tell', async () => {
  const { registry, push, chart } = await boxed();
  registry.quirks.noReferrers = true;
  const stranger = referrer(digestOf('another subject'));
  await registry.putManifest(REF.repository, undefined, stranger.bytes);
  const entry = { mediaType: OCI_MANIFEST, digest: stranger.digest, size: stranger.bytes.length };
  await registry.putManifest(REF.repository, fallbackTag(chart.digest), { manifests: [entry] }, OCI_INDEX);
  const { entries } = await push.listReferrers(REF, chart.digest);
  expect(entries).toEqual([entry]);
  const { body } = await push.getManifest(REF, stranger.digest);
  expect(refersTo(body, chart.digest)).toBe(false);
  // A stranger's entry is nobody's to remove.
  const mine = referrer(chart.digest);
  await push.attachReferrer(REF, mine.bytes, mine.type, chart.digest);
  expect(fallbackEntries(registry, chart.digest).map((one) => one.digest)).toEqual([
    stranger.digest,
    mine.digest,
  ]);
});

it('OCI-Subject from a registry without the API (ECR) is not believed', async () => {
  const { registry, push, pull, chart } = await boxed();
  registry.quirks.subjectWithoutReferrers = true;
  const { bytes, digest, type } = referrer(chart.digest);
  expect(await push.attachReferrer(REF, bytes, type, chart.digest)).toEqual({ digest, store: 'tag' });
  expect(await pull.listReferrers(REF, chart.digest)).toMatchObject({ store: 'tag', entries: [{ digest }] });
});
