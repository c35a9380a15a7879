import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { AUTHORIZED, createWorld, type World } from '../support/world.ts';

// Bodies made to crash, hang or fill the service. An exception that nobody catches would end a Node server for
// everybody; vitest fails the run on one.

type Part = [string, Uint8Array | string];
const DISPOSITION = 'Content-Disposition: form-data; name=';
const encoder = new TextEncoder();
let world: World;
let chart: Part;
let prov: Part;
const policy: Part = [`${DISPOSITION}"policy"`, 'default'];

const bodyOf = (parts: Part[], end = '--B--\r\n') =>
  Buffer.concat([
    ...parts.flatMap(([head, body]) => [
      encoder.encode(`--B\r\n${head}\r\n\r\n`),
      typeof body === 'string' ? encoder.encode(body) : body,
      encoder.encode('\r\n'),
    ]),
    encoder.encode(end),
  ]);

async function send(body: BodyInit, contentType = 'multipart/form-data; boundary=B') {
  const headers = { ...AUTHORIZED, 'content-type': contentType };
  const init = { method: 'POST', headers, body, duplex: 'half' };
  const response = await world.service.fetch('/v1/verify/files', init);
  const answer = await response.json();
  return { status: response.status, code: answer.code ?? answer.verdict, detail: String(answer.detail) };
}

beforeAll(async () => {
  world = await createWorld();
  chart = [`${DISPOSITION}"chart"; filename="app-1.2.3.tgz"`, await fixture('demo/app-1.2.3.tgz')];
  prov = [
    `${DISPOSITION}"provenance"; filename="app-1.2.3.tgz.prov"`,
    await fixture('demo/app-1.2.3.tgz.prov'),
  ];
});

describe('is refused', () => {
  it.each<[string, () => Part[], RegExp]>([
    [
      'a chart without a file name',
      () => [[`${DISPOSITION}"chart"`, chart[1]], prov, policy],
      /no file name/,
    ],
    [
      'a part without a name',
      () => [[`${DISPOSITION.slice(0, -6)} filename="x"`, 'x'], chart, policy],
      /without a name/,
    ],
    ['two charts', () => [chart, chart, prov, policy], /twice/],
    ['two provenances', () => [chart, prov, prov, policy], /twice|two files/],
    ['two policies', () => [chart, prov, policy, policy], /twice/],
    [
      'thousands of parts',
      () => [chart, prov, policy, ...Array<Part>(5000).fill([`${DISPOSITION}"z"`, 'x'])],
      /./,
    ],
    [
      'thousands of nameless parts',
      () => [chart, prov, policy, ...Array<Part>(5000).fill(['X: y', 'x'])],
      /parts/,
    ],
    [
      'a part called __proto__',
      () => [chart, prov, [`${DISPOSITION}"__proto__"`, 'x']],
      /no part "__proto__"/,
    ],
    ['a part called constructor', () => [chart, prov, [`${DISPOSITION}"constructor"`, 'x']], /no part/],
    [
      'a field without end',
      () => [chart, prov, [`${DISPOSITION}"policy"`, 'x'.repeat(100_000)]],
      /longer than/,
    ],
    ['no chart', () => [prov, policy], /no part "chart"/],
    ['nothing at all', () => [], /no part "chart"/],
  ])('%s', async (_name, parts, words) => {
    const answer = await send(bodyOf(parts()));
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid']);
    expect(answer.detail).toMatch(words);
  });

  it.each([
    ['none', 'multipart/form-data'],
    ['an empty one', 'multipart/form-data; boundary='],
    ['another than the body has', 'multipart/form-data; boundary=Q'],
    ['one that is far too long', `multipart/form-data; boundary=${'Q'.repeat(5000)}`],
  ])('a boundary that cannot be used: %s', async (_name, contentType) => {
    const answer = await send(bodyOf([chart, prov, policy]), contentType);
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid']);
  });

  it.each([0, 10, 60, 150, 400, 700])('a body that ends after %i bytes', async (length) => {
    const answer = await send(bodyOf([chart, prov, policy]).subarray(0, length));
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid']);
  });

  it('a header without end', async () => {
    const head = encoder.encode(`--B\r\n${DISPOSITION}"`);
    const answer = await send(Buffer.concat([head, Buffer.alloc(5_000_000, 97)]));
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid']);
  });

  it('a provenance that is too large, whether chart or provenance comes first', async () => {
    const large: Part = [prov[0], new Uint8Array(3 << 20)];
    for (const parts of [
      [chart, large, policy],
      [large, chart, policy],
    ]) {
      const answer = await send(bodyOf(parts));
      expect([answer.status, answer.code]).toEqual([413, 'request.too_large']);
    }
  });

  it('what is refused while much of a chart is still to come', async () => {
    const large: Part = [chart[0], new Uint8Array(8 << 20)];
    for (const parts of [
      [policy, policy, large],
      [large, large, policy],
      [policy, large, ['X: y', 'x'], policy],
    ] as Part[][]) {
      expect((await send(bodyOf(parts))).status).toBe(400);
    }
  });
});

it('a client that goes away in the middle of its chart leaves nothing waiting', async () => {
  const whole = bodyOf([chart, prov, policy]);
  for (const length of [20, 200, 500, 900]) {
    let sent = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) controller.error(new Error('aborted'));
        else controller.enqueue(whole.subarray(0, length));
        sent = true;
      },
    });
    const answer = await send(body);
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid']);
  }
  const lines = (await world.service.logs()).join('');
  expect(lines).not.toContain('internal error');
});

it('a body in chunks of one byte is the same as a whole one', async () => {
  const whole = bodyOf([chart, prov, policy]);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= whole.length) controller.close();
      else controller.enqueue(whole.subarray(at, ++at));
    },
  });
  expect((await send(body)).code).toBe('allow');
  expect((await send(whole)).code).toBe('allow');
});
