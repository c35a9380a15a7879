import { afterEach, beforeAll, expect, it } from 'vitest';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood, type World } from '../support/world.ts';

// Keys that mean something to JavaScript, wherever a stranger may write keys.

const GOOD = 'oci://registry.test/charts/app:1.2.3';
let world: World;
const before = Object.getOwnPropertyNames(Object.prototype).sort();

beforeAll(async () => {
  world = await createWorld();
  await pushGood(world.registry);
});
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
});

it.each([
  `{"__proto__":{"reference":"${GOOD}"}}`,
  `{"reference":"${GOOD}","__proto__":{"depth":"content"}}`,
  `{"reference":"${GOOD}","constructor":{"prototype":{"x":1}}}`,
  `{"references":[{"reference":"${GOOD}","__proto__":{"version":"9"}}]}`,
  `{"references":{"__proto__":["${GOOD}"],"length":1}}`,
])('in a request are unknown fields: %s', async (body) => {
  const answer = await ask(world.service, body, AUTHORIZED);
  expect([answer.status, answer.body.code]).toEqual([400, 'request.invalid']);
});

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'as names find nothing: %s',
  async (name) => {
    const policy = await ask(world.service, { reference: GOOD, policy: name }, AUTHORIZED);
    expect([policy.status, policy.body.code]).toEqual([422, 'policy.unknown']);
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED, `?format=${name}`)).status).toBe(400);
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED, `?status=${name}`)).status).toBe(400);
    expect((await ask(world.service, { reference: GOOD }, { authorization: `Bearer ${name}` })).status).toBe(
      401,
    );
  },
);

it('in a manifest change neither verdict nor shape', async () => {
  const pushed = await pushGood(world.registry, 'proto/app');
  const text = new TextDecoder().decode(pushed.bytes);
  for (const changed of [
    text.replace('"annotations":{', '"annotations":{"__proto__":"x","constructor":"y","toString":"z",'),
    text.replace('{', '{"__proto__":{"layers":[],"config":{"mediaType":"x/y"}},'),
    text.replace('"layers":[{', '"layers":[{"__proto__":{"mediaType":"application/x"},'),
  ]) {
    await world.registry.putManifest('proto/app', '1.2.3', new TextEncoder().encode(changed));
    const { body } = await ask(
      world.service,
      { reference: 'oci://registry.test/proto/app:1.2.3' },
      AUTHORIZED,
    );
    expect([body.verdict, body.subject.chart.name]).toEqual(['allow', 'app']);
  }
  // Without its own layers it has none, whatever its prototype would say.
  const { layers: _, ...rest } = JSON.parse(text);
  const inherited = JSON.stringify(rest).replace('{', `{"__proto__":${text},`);
  await world.registry.putManifest('proto/app', '1.2.3', new TextEncoder().encode(inherited));
  const { body } = await ask(world.service, { reference: 'oci://registry.test/proto/app:1.2.3' }, AUTHORIZED);
  expect([body.verdict, body.reasons[0].code]).toEqual(['deny', 'manifest.invalid']);
});

it('from a token service or a list of tags are read as own fields only', async () => {
  world.registry.quirks = {
    status: { match: /tags/, status: 200, body: '{"__proto__":{"tags":["1.2.3"]},"name":"charts/app"}' },
  };
  const { body } = await ask(
    world.service,
    { reference: 'oci://registry.test/charts/app', version: '^1' },
    AUTHORIZED,
  );
  expect([body.verdict, body.reasons[0].code]).toEqual(['inconclusive', 'registry.protocol']);
  world.registry.quirks = {};
});
