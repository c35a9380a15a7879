import { beforeEach, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { RELEASE_ENTRY } from '../support/signing-world.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

const TAG = 'oci://registry.test/charts/app:1.2.3';
const TAG_SIGNER = { ...RELEASE_ENTRY, unsafeSignTags: true };
let world: World;
let unsigned: { digest: string; archive: string };

async function sign(body: Record<string, unknown>, headers = AUTHORIZED) {
  const response = await world.service.fetch('/v1/sign', {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const writes = () => world.registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST');

beforeEach(async () => {
  world = await createWorld({ signing: true });
  unsigned = await world.registry.pushChart('charts/app', '1.2.3', {
    archive: await fixture('demo/app-1.2.3.tgz'),
    config: await appConfig(),
  });
  world.registry.requests.length = 0;
});

describe('signing a chart in the registry', () => {
  it('attaches a provenance that the policy and every Helm accept, and moves the tag once', async () => {
    const { status, body } = await sign({
      reference: TAG,
      expectedDigest: unsigned.digest,
      with: ['release'],
    });
    expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
    expect(body).toMatchObject({
      before: unsigned.digest,
      changed: true,
      report: { verdict: 'allow' },
      audit: { seq: 2 },
    });
    expect(body.report.subject).toMatchObject({ reference: TAG, digest: body.after });
    expect(body.report.clients.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'accept',
      'accept',
      'accept',
    ]);
    expect(world.registry.getManifest('charts/app', '1.2.3')?.digest).toBe(body.after);
    const tagPuts = world.registry.requests.filter(
      ({ method, path }) => method === 'PUT' && path.endsWith('/manifests/1.2.3'),
    );
    expect(tagPuts).toHaveLength(1);
    const verified = await ask(world.service, { reference: TAG }, AUTHORIZED);
    expect(verified.body.verdict).toBe('allow');
    expect(verified.body.clients.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'accept',
      'accept',
      'accept',
    ]);
    expect(verified.body.reasons.map(({ code }: { code: string }) => code)).toEqual(['policy.satisfied']);
  });

  it('answers 200 and writes nothing when it is signed already, also after a lost answer', async () => {
    const first = await sign({ reference: TAG, expectedDigest: unsigned.digest, with: ['release'] });
    world.registry.requests.length = 0;
    for (const expectedDigest of [unsigned.digest, first.body.after]) {
      const again = await sign({ reference: TAG, expectedDigest, with: ['release'] });
      expect([again.status, again.body.changed, again.body.after]).toEqual([200, false, first.body.after]);
    }
    expect(writes()).toEqual([]);
  });

  it('leaves the manifest alone in detached mode, and verify finds the referrer', async () => {
    const { status, body } = await sign({
      reference: TAG,
      expectedDigest: unsigned.digest,
      with: ['release'],
      mode: 'detached',
    });
    expect([status, body.after]).toEqual([201, unsigned.digest]);
    expect(world.registry.getManifest('charts/app', '1.2.3')?.digest).toBe(unsigned.digest);
    const verified = await ask(world.service, { reference: TAG }, AUTHORIZED);
    expect(verified.body.verdict).toBe('allow');
    expect(verified.body.reasons.map(({ code }: { code: string }) => code)).toContain('pgp.detached');
    const again = await sign({
      reference: TAG,
      expectedDigest: unsigned.digest,
      with: ['release'],
      mode: 'detached',
    });
    expect([again.status, again.body.changed]).toEqual([200, false]);
  });

  it('signs once when a chart is there twice in one request, or asked for under the same request id', async () => {
    const order = { reference: TAG, expectedDigest: unsigned.digest };
    const headers = { ...AUTHORIZED, 'x-request-id': 'chosen-by-the-caller' };
    const [twice, other] = await Promise.all([
      sign({ references: [order, order], with: ['release'] }, headers),
      sign({ ...order, with: ['release'] }, headers),
    ]);
    const answers = [...twice.body, other.body];
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(new Set(answers.map(({ after }) => after)).size).toBe(1);
  });

  it('looks at everything and changes nothing in a dry run', async () => {
    const { status, body } = await sign({
      reference: TAG,
      expectedDigest: unsigned.digest,
      with: ['release'],
      dryRun: true,
    });
    expect([status, body.dryRun, body.after]).toEqual([200, true, null]);
    expect(writes()).toEqual([]);
  });
});

describe('what is not signed', () => {
  it.each(['attach', 'detached'])(
    'neither a tag nor a digest, even for a key that signs tags: %s',
    async (mode) => {
      world = await createWorld({ signing: true, config: { signing: [TAG_SIGNER] } });
      await world.registry.pushChart('charts/app', 'latest', {
        archive: await fixture('demo/app-1.2.3.tgz'),
      });
      const { status, body } = await sign({
        reference: 'oci://registry.test/charts/app',
        with: ['release'],
        mode,
      });
      expect([status, body.code]).toEqual([
        422,
        mode === 'attach' ? 'sign.tag_required' : 'sign.digest_required',
      ]);
      expect(writes()).toEqual([]);
    },
  );

  it.each([
    ['no digest', { expectedDigest: undefined }, 422, 'sign.digest_required'],
    ['another digest', { expectedDigest: `sha256:${'1'.repeat(64)}` }, 409, 'sign.digest_mismatch'],
    ['no tag', { reference: 'oci://registry.test/charts/app' }, 422, 'sign.tag_required'],
    ["a key that is not the caller's", { with: ['nobody'] }, 403, 'sign.caller'],
    [
      'a repository outside the list',
      { reference: 'oci://registry.test/elsewhere/app:1.2.3' },
      403,
      'sign.repository',
    ],
    [
      'a chart that is not there',
      { reference: 'oci://registry.test/charts/none:1.2.3' },
      404,
      'chart.not_found',
    ],
  ])('is refused with %s, writes nothing and is in the log', async (_name, change, status, code) => {
    const answer = await sign({
      reference: TAG,
      expectedDigest: unsigned.digest,
      with: ['release'],
      ...change,
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(writes()).toEqual([]);
    const audit = await world.service.fetch('/v1/audit', { headers: AUTHORIZED });
    const { records } = await audit.json();
    expect(records.at(-1)).toMatchObject({ kind: 'refused', code, caller: 'tester' });
  });

  it('is a chart by another key, unless it may be replaced', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/stranger/app-1.2.3.tgz'),
      prov: await fixture('demo/stranger/app-1.2.3.tgz.prov'),
    });
    const { digest } = world.registry.getManifest('charts/app', '1.2.3') ?? { digest: '' };
    const refused = await sign({ reference: TAG, expectedDigest: digest, with: ['release'] });
    expect([refused.status, refused.body.code]).toEqual([409, 'sign.already_signed']);
    const still = await sign({ reference: TAG, expectedDigest: digest, with: ['release'], replace: true });
    expect([still.status, still.body.code]).toEqual([403, 'sign.replace_refused']);
    const replaced = await sign({
      reference: TAG,
      expectedDigest: digest,
      with: ['replacer'],
      replace: true,
    });
    expect(replaced.status).toBe(201);
  });

  it('is an old chart under a new tag, and a tampered or trapped archive', async () => {
    const old = await world.registry.pushChart('charts/app', '1.2.4', {
      archive: await fixture('demo/app-1.0.0.tgz'),
    });
    const answer = await sign({
      reference: 'oci://registry.test/charts/app:1.2.4',
      expectedDigest: old.digest,
      with: ['release'],
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'sign.archive']);
    expect(answer.body.detail).toContain('chart.version_mismatch');
    const junk = await world.registry.pushChart('charts/app', '2.0.0', {
      archive: new TextEncoder().encode('junk'),
    });
    const trapped = await sign({
      reference: 'oci://registry.test/charts/app:2.0.0',
      expectedDigest: junk.digest,
      with: ['release'],
    });
    expect([trapped.status, trapped.body.code]).toEqual([422, 'sign.archive']);
  });

  it('is under an immutable tag, and the answer names the detached mode', async () => {
    world.registry.quirks = { immutableTags: 'harbor' };
    const { status, body } = await sign({
      reference: TAG,
      expectedDigest: unsigned.digest,
      with: ['release'],
    });
    expect([status, body.code]).toEqual([409, 'registry.tag_immutable']);
    expect(body.help).toContain('detached');
    expect(world.registry.getManifest('charts/app', '1.2.3')?.digest).toBe(unsigned.digest);
  });

  it('is asked for by nobody without a token', async () => {
    expect((await sign({ reference: TAG, with: ['release'] }, {} as typeof AUTHORIZED)).status).toBe(401);
  });
});
