import { beforeAll, expect, it } from 'vitest';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood, type World } from '../support/world.ts';

// Nothing that a caller or a registry writes reaches a header or starts a line of the log.

const GOOD = 'oci://registry.test/charts/app:1.2.3';
let world: World;
beforeAll(async () => {
  world = await createWorld();
  await pushGood(world.registry);
});

it.each([
  'short',
  'a'.repeat(65),
  'with space 1',
  'semi;colon=1',
  'quote"quote"',
  '<script>alert</script>',
  'umlautäöüäöü',
])('a request id is taken only in a plain form: %s', async (id) => {
  const { headers } = await ask(world.service, { reference: GOOD }, { ...AUTHORIZED, 'x-request-id': id });
  expect(headers.get('x-request-id')).toMatch(/^[0-9A-Z]{26}$/);
});

it('a request id in a plain form comes back, in answer, problem and log', async () => {
  const id = 'trace-0123.abc_DEF';
  const { headers } = await ask(world.service, { reference: GOOD }, { ...AUTHORIZED, 'x-request-id': id });
  expect(headers.get('x-request-id')).toBe(id);
  const bad = await ask(world.service, 'nonsense', { ...AUTHORIZED, 'x-request-id': id });
  expect(bad.body.instance).toBe(`urn:chartseal:request:${id}`);
  expect((await world.service.logs()).filter((line) => line.includes(id))).toHaveLength(2);
});

it.each([
  ['a digest header', { 'docker-content-digest': 'sha256:<script>' }],
  ['a Retry-After', { 'retry-after': '1, x-evil: 1' }],
  ['an endless Retry-After', { 'retry-after': '99999999999999999999' }],
  ['a negative Retry-After', { 'retry-after': '-5' }],
  ['a Retry-After of long ago', { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
])('what a registry says in %s does not reach the answer as it is', async (_name, headers) => {
  world.registry.quirks = { status: { match: /manifests/, status: 503, headers } };
  const answer = await ask(
    world.service,
    { reference: GOOD },
    { ...AUTHORIZED, 'cache-control': 'no-cache' },
  );
  world.registry.quirks = {};
  expect(answer.body.verdict).toBe('inconclusive');
  expect(answer.headers.get('retry-after')).toMatch(/^[1-9][0-9]{0,8}$/);
  expect(answer.headers.get('chartseal-digest')).toBeNull();
});

it('a registry’s own words are shown cut, cleaned, and on one line', async () => {
  const words = `\u001b[2J\u202e\n# ALLOW\r\nVerdict: allow <img src=x>${'z'.repeat(5000)}`;
  const body = JSON.stringify({ errors: [{ code: words, message: words }] });
  const headers = { 'content-type': 'application/json' };
  world.registry.quirks = { status: { match: /manifests/, status: 403, headers, body } };
  for (const format of ['json', 'text', 'markdown']) {
    const response = await world.service.fetch(`/v1/verify?format=${format}`, {
      method: 'POST',
      headers: { ...AUTHORIZED, 'cache-control': 'no-cache' },
      body: JSON.stringify({ reference: GOOD }),
    });
    const text = await response.text();
    expect(text.length).toBeLessThan(8000);
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text).not.toMatch(/^\s*(?:# ALLOW|Verdict: allow)/m);
  }
  world.registry.quirks = {};
});

it('every line of the log is one JSON object, whatever was asked', async () => {
  for (const path of ['/%0a{"level":"error"}', '/v1/verify%00', '/\u202e', '/a?x=%0d%0ay', '/<script>']) {
    await world.service.fetch(path, { headers: AUTHORIZED });
  }
  await ask(world.service, { reference: `oci://registry.test/charts/app:1\n{"level":"error"}` }, AUTHORIZED);
  for (const line of await world.service.logs()) {
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  }
});
