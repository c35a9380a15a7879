import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { AUTHORIZED, createWorld, pushGood, type World } from '../support/world.ts';

// Gatekeeper's external data v1beta1: one item for each key, in their order, and whatever is not allowed is the error of
// its item, as templates look there.

const APP = 'oci://registry.test/charts/app';
const SEGMENT = 'gate-0123456789abcdef';
const ADMISSION = { pathSecret: { secret: 'SEGMENT' }, callers: ['tester'] };

let world: World;
let digest = '';

const start = (admission: object = {}) =>
  createWorld({
    config: { admission: { ...ADMISSION, ...admission } },
    secrets: { SEGMENT },
  });

beforeAll(async () => {
  world = await start();
  digest = (await pushGood(world.registry)).digest;
  const archive = await fixture('demo/app-1.2.3.tgz');
  await world.registry.pushChart('charts/app', '9.9.9', { archive });
});
beforeEach(() => world.registry.reset());

async function ask(keys: unknown, mode: 'verify' | 'mutate' = 'verify', at: World = world) {
  const response = await at.service.fetch(`/k/${SEGMENT}/gatekeeper/${mode}?timeout=30s`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys },
    }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers and problems alike
  return { status: response.status, body: (await response.json()) as any };
}

describe('Gatekeeper asks', () => {
  it('and is answered in order, with errors where a chart is not allowed', async () => {
    const keys = [`${APP}:9.9.9`, `${APP}:1.2.3`, 'no reference', `${APP}:9.9.9`, 'oci://other.test/a/b:1'];
    const { status, body } = await ask(keys);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderResponse',
      response: { idempotent: true, systemError: '' },
    });
    const { items } = body.response;
    expect(items.map(({ key }: { key: string }) => key)).toEqual(keys);
    expect(items[0].value).toBeNull();
    expect(items[0].error).toMatch(
      /^oci:\/\/registry\.test\/charts\/app:9\.9\.9 is not signed by release \(pgp\.provenance_missing: .*\); report 01/,
    );
    expect(items[1]).toMatchObject({ error: '', value: { verdict: 'allow', digest, policy: 'default' } });
    expect(items[1].value.pinned).toBe(`${APP}@${digest}`);
    expect(items[2].error).toContain('reference.invalid');
    expect(items[3]).toEqual(items[0]);
    expect(items[4].error).toContain('registry.not_listed');
  });

  it('the same key many times, which is judged once', async () => {
    const { body } = await ask(Array.from({ length: 40 }, () => `${APP}:1.2.3`));
    expect(body.response.items).toHaveLength(40);
    expect(world.registry.count(/^(?:GET|HEAD) .*\/manifests\//)).toBeLessThanOrEqual(1);
  });

  it('for pinned references, and they stay as they are when asked again', async () => {
    const pinned = `${APP}@${digest}`;
    const keys = [`${APP}:1.2.3`, 'registry.test/charts/app:1.2.3', pinned, `${APP}:9.9.9`];
    const { body } = await ask(keys, 'mutate');
    expect(body.response.idempotent).toBe(true);
    expect(body.response.items.map(({ value }: { value: unknown }) => value)).toEqual([
      pinned,
      pinned.slice('oci://'.length),
      pinned,
      null,
    ]);
    expect(body.response.items[3].error).toContain('pgp.provenance_missing');
  });

  it('for a registry that fails: an error of the item, no system error', async () => {
    world.registry.quirks = { status: { status: 500 } };
    const fresh = await start();
    fresh.registry.quirks = { status: { status: 500 } };
    const { status, body } = await ask([`${APP}:1.2.3`], 'verify', fresh);
    expect(status).toBe(200);
    expect(body.response.systemError).toBe('');
    expect(body.response.items[0].error).toMatch(/could not be judged \(registry\.unavailable/);
  });

  it('by the rules of the configuration on tags and ranges', async () => {
    const strict = await start({ tags: 'deny', ranges: 'deny', onInconclusive: 'warn' });
    await pushGood(strict.registry);
    const keys = [`${APP}:1.2.3`, APP, `${APP}@${digest}`];
    const verified = (await ask(keys, 'verify', strict)).body.response.items;
    expect(verified.map(({ error }: { error: string }) => /k8s\.\w+/.exec(error)?.[0])).toEqual([
      'k8s.tag',
      'k8s.range',
      undefined,
    ]);
    // What is pinned is no tag any more; ranges are pinned on request only.
    const mutated = (await ask(keys, 'mutate', strict)).body.response.items;
    expect(mutated.map(({ error }: { error: string }) => /k8s\.\w+/.exec(error)?.[0])).toEqual([
      undefined,
      'k8s.range',
      undefined,
    ]);
  });

  it('for more than is judged at once: every item says so, and no registry is asked', async () => {
    const { status, body } = await ask(Array.from({ length: 51 }, (_, i) => `${APP}:1.0.${i}`));
    expect(status).toBe(200);
    for (const { error } of body.response.items) expect(error).toContain('limit.charts');
    expect(world.registry.requests).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['another kind', JSON.stringify({ apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'X' })],
    [
      'another version',
      JSON.stringify({
        apiVersion: 'externaldata.gatekeeper.sh/v1alpha1',
        kind: 'ProviderRequest',
        request: { keys: [] },
      }),
    ],
    [
      'keys that are no texts',
      JSON.stringify({
        apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
        kind: 'ProviderRequest',
        request: { keys: [{ a: 1 }] },
      }),
    ],
  ])('with %s: 400 and a problem', async (_, body) => {
    const response = await world.service.fetch(`/k/${SEGMENT}/gatekeeper/verify`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('problem+json');
    expect(await response.json()).toMatchObject({ code: 'request.invalid' });
  });

  it('without the segment: only with the token of a caller that may', async () => {
    const body = JSON.stringify({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys: [`${APP}:1.2.3`] },
    });
    const post = async (headers: Record<string, string>, at = world) =>
      (await at.service.fetch('/gatekeeper/verify', { method: 'POST', headers, body })).status;
    expect(await post({})).toBe(401);
    expect(await post({ authorization: 'Bearer wrong-token-0123456789' })).toBe(401);
    expect(await post(AUTHORIZED)).toBe(200);
    expect(await post(AUTHORIZED, await start({ callers: [] }))).toBe(403);
  });
});
