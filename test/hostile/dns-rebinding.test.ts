import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNodeFetch } from '../../src/platform/node/fetch.ts';
import { guardedLookup } from '../../src/platform/node/guarded-connector.ts';
import { type RunningServer, serveHandler } from '../../src/platform/node/serve-handler.ts';

// A name under an attacker's control answers with a public address when it is checked and with a private one when it
// is connected to. The server stands for what must not be reached.

let inside: RunningServer;
let reached = 0;

beforeAll(async () => {
  inside = await serveHandler(() => {
    reached++;
    return new Response('internal');
  });
});
afterAll(() => inside.close({ graceMs: 0 }));

const PUBLIC = { address: '8.8.8.8', family: 4 };
const PUBLIC6 = { address: '2001:4860:4860::8888', family: 6 };
const INSIDE = { address: '127.0.0.1', family: 4 };

type Address = { address: string; family: number };

/** What a socket would be given to connect to, once for each answer of the resolver. Nothing is connected to. */
async function handedOver(
  answers: Address[][],
  options: { private?: boolean; all?: boolean; family?: number } = {},
) {
  let lookups = 0;
  const lookup = guardedLookup({
    private: options.private === true,
    resolve: async () => answers[lookups++] ?? [INSIDE],
  });
  const results: unknown[] = [];
  for (const _ of answers) {
    results.push(
      await new Promise((resolve) => {
        const how = {
          all: options.all !== false,
          ...(options.family !== undefined && { family: options.family }),
        };
        lookup('rebind.test', how, (error, addresses) =>
          resolve((error as { code?: string })?.code ?? addresses),
        );
      }),
    );
  }
  return { results, lookups };
}

test('one connection resolves once: there is no second answer to be taken in by', async () => {
  expect(await handedOver([[PUBLIC]])).toEqual({ results: [[PUBLIC]], lookups: 1 });
  expect(await handedOver([[PUBLIC]], { all: false })).toEqual({ results: ['8.8.8.8'], lookups: 1 });
});

test('each new connection is checked anew', async () => {
  const { results } = await handedOver([[PUBLIC], [INSIDE], [PUBLIC]]);
  expect(results).toEqual([[PUBLIC], 'registry.address_refused', [PUBLIC]]);
});

test('a private address among public ones is left out, so it is not tried when the public one fails', async () => {
  const mixed = [INSIDE, PUBLIC, { address: 'fd00::1', family: 6 }, PUBLIC6];
  expect((await handedOver([mixed])).results).toEqual([[PUBLIC, PUBLIC6]]);
  expect((await handedOver([mixed], { family: 6 })).results).toEqual([[PUBLIC6]]);
  expect((await handedOver([mixed], { all: false })).results).toEqual(['8.8.8.8']);
  expect((await handedOver([mixed], { private: true })).results).toEqual([mixed]);
});

test('over real sockets: a name that leads inside is not connected to, however it is written', async () => {
  for (const one of [
    INSIDE,
    { address: '::1', family: 6 },
    { address: '::ffff:127.0.0.1', family: 6 },
    { address: '64:ff9b::7f00:1', family: 6 },
    { address: '2002:7f00:1::', family: 6 },
  ]) {
    const fetch = createNodeFetch({ resolve: async () => [one] });
    for (let i = 0; i < 2; i++) {
      const answer = fetch(`http://rebind.test:${inside.port}/`);
      await expect(answer).rejects.toMatchObject({ cause: { code: 'registry.address_refused' } });
    }
    await fetch.close();
  }
  expect(reached).toBe(0);
});

test('a permission for one request is not a permission for the next, although a connection is open', async () => {
  const fetch = createNodeFetch({ resolve: async () => [INSIDE] });
  const url = `http://rebind.test:${inside.port}/`;
  const init = { chartseal: { mayBePrivate: true, host: 'rebind.test' } };
  await (await fetch(url, init as RequestInit)).text();
  reached = 0;
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'registry.address_refused' } });
  expect(reached).toBe(0);
  await fetch.close();
});

test('the same server is reached where the configuration means it', async () => {
  const fetch = createNodeFetch({ resolve: async () => [INSIDE] });
  const init = { chartseal: { mayBePrivate: true, host: 'rebind.test' } };
  const response = await fetch(`http://rebind.test:${inside.port}/`, init as RequestInit);
  expect(await response.text()).toBe('internal');
  expect(reached).toBe(1);
  await fetch.close();
});
