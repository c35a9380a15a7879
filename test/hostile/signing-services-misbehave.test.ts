import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ChartsealError } from '../../src/base/error.ts';
import {
  createKeylessSigner,
  createKeySigner,
  readCosignKey,
  readSigningConfig,
  type SigningKey,
} from '../../src/sigstore/index.ts';
import {
  createSigstoreServices,
  FULCIO,
  NOW,
  REKOR_1,
  REKOR_2,
  type ServiceCall,
  type SigstoreServices,
  signingConfigJson,
  TSA,
} from '../support/sigstore-services/index.ts';

/** Services that signing asks, and that answer what they should not: nothing hangs, nothing is read without end, nothing
 *  of somebody else gets into a bundle. */

const input = { subject: { digest: `sha256:${'4c'.repeat(32)}` }, at: NOW };
const TSA_ORIGIN = new URL(TSA).origin;

let services: SigstoreServices;
let key: SigningKey;
/** What the platform's fetch is told of redirects. */
let redirects: unknown[];
beforeEach(async () => {
  redirects = [];
  services = createSigstoreServices();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  key = await readCosignKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
});

type Answer = (call: ServiceCall) => Response | Promise<Response> | undefined;

/** Signs with the service that answers like this, and gives what comes of it. */
async function failure(origin: string, answer: Answer, timeoutMs = 60_000): Promise<ChartsealError> {
  services.instead.set(origin, answer);
  const timeouts = { certificateAuthorityMs: timeoutMs, logMs: timeoutMs, timestampAuthorityMs: timeoutMs };
  const { fetch } = services.environment;
  const watched: typeof fetch = (input, init) => {
    redirects.push(init?.redirect);
    return fetch(input, init);
  };
  const o = { ...services.environment, fetch: watched, timeouts };
  const names = {
    [FULCIO]: ['fulcio', 'rekor1'],
    [REKOR_1]: ['rekor1'],
    [REKOR_2]: ['rekor2'],
    [TSA_ORIGIN]: ['tsa'],
  }[origin] as Parameters<typeof signingConfigJson>[0];
  const signingConfig = readSigningConfig(signingConfigJson(names));
  const signing =
    origin === FULCIO
      ? createKeylessSigner({ ...o, signingConfig }).sign({ ...input, identityToken: await services.token() })
      : createKeySigner({ ...o, key, signingConfig }).sign(input);
  return signing.then(
    () => {
      throw new Error('it was signed');
    },
    (error: ChartsealError) => error,
  );
}

const ALL = [FULCIO, REKOR_1, REKOR_2, TSA_ORIGIN];
const refused = { code: 'sign.service_refused', retryable: false };
const unavailable = { code: 'sign.service_unavailable', retryable: true };

test('a log of version 2 that answers with a length in place of bytes: none are made of it', async () => {
  const error = await failure(REKOR_2, () => Response.json({ canonicalizedBody: { length: 3 } }));
  expect(error).toMatchObject(refused);
  expect(error.message).toContain('no log entry');
});

describe.each(ALL)('%s', (origin) => {
  test.each<[string, () => Response]>([
    ['nothing', () => new Response(null)],
    ['something else', () => new Response('<html>welcome</html>')],
    ['JSON of something else', () => Response.json({ hello: 'world' })],
    ['null', () => Response.json(null)],
    ['a list', () => Response.json([[]])],
    ['deep nesting', () => new Response('['.repeat(100_000))],
    ['no such page', () => new Response('no', { status: 404 })],
  ])('answers %s: refused', async (_, answer) => {
    expect(await failure(origin, answer)).toMatchObject(refused);
  });

  test.each([301, 302, 303, 307, 308])('redirects (%i): not followed', async (status) => {
    const headers = { location: 'https://evil.example/' };
    expect(await failure(origin, () => new Response(null, { status, headers }))).toMatchObject(refused);
    expect(services.calls.filter(({ url }) => url.startsWith('https://evil.example'))).toEqual([]);
    expect(new Set(redirects)).toEqual(new Set(['manual']));
  });

  test('sends without end: read no further', async () => {
    let sent = 0;
    const endless = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            sent += 65_536;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
      );
    expect(await failure(origin, endless)).toMatchObject(refused);
    expect(sent).toBeLessThan(2_000_000);
  });

  test('is silent: given up in time, and not asked again', async () => {
    expect(await failure(origin, () => new Promise(() => {}), 20)).toMatchObject(unavailable);
    expect(services.calls.filter(({ url }) => url.startsWith(origin))).toHaveLength(1);
  });

  test('stops in the middle: given up in time', async () => {
    const half = () => new Response(new ReadableStream({ start: (c) => c.enqueue(Uint8Array.of(0x7b)) }));
    expect(await failure(origin, half, 20)).toMatchObject(unavailable);
  });

  test('cannot be reached: asked twice, then given up', async () => {
    const down = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
    const error = await failure(origin, down);
    expect(error).toMatchObject(unavailable);
    expect(error.message).toContain('ECONNREFUSED');
    expect(services.calls.filter(({ url }) => url.startsWith(origin))).toHaveLength(2);
    expect(services.slept).toHaveLength(1);
  });

  test.each([500, 502, 503, 429])('fails (%i) once: asked again', async (status) => {
    let asked = 0;
    const answer = () =>
      asked++ === 0 ? new Response('busy', { status }) : new Response('no', { status: 410 });
    expect(await failure(origin, answer)).toMatchObject(refused);
    expect(asked).toBe(2);
  });

  test('asks to wait longer than anybody waits: not waited for, and the time is told', async () => {
    const busy = () => new Response('busy', { status: 503, headers: { 'retry-after': '3600' } });
    expect(await failure(origin, busy)).toMatchObject({ ...unavailable, retryAfter: 3600 });
    expect(services.slept).toEqual([]);
  });

  test('says words that steer a terminal: they are made visible and cut', async () => {
    const words = () => Response.json({ message: `\u001b[2J\u202e${'x'.repeat(10_000)}` }, { status: 422 });
    const { message } = await failure(origin, words);
    expect(message).toContain('\\u{1b}[2J\\u{202e}');
    expect(message.length).toBeLessThan(600);
  });
});

/** What the honest service would answer, changed. */
// biome-ignore lint/suspicious/noExplicitAny: JSON
const changed = (origin: string, change: (json: any) => void): Answer => {
  return async (call) => {
    services.instead.delete(origin);
    const honest = await services.fetch(call.url, {
      method: call.method,
      headers: [...call.headers],
      body: call.body as BodyInit,
    });
    const json = await honest.json();
    change(json);
    return Response.json(json, { status: honest.status });
  };
};

const body = (base64: string) => JSON.parse(Buffer.from(base64, 'base64').toString());
const encoded = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64');

describe('a log of version 2 that answers with an entry', () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  test.each<[string, (entry: any) => void]>([
    [
      'of another signature',
      (entry) => {
        const json = body(entry.canonicalizedBody);
        json.spec.hashedRekordV002.signature.content = 'MEUCIQ==';
        entry.canonicalizedBody = encoded(json);
      },
    ],
    [
      'of another digest',
      (entry) => {
        const json = body(entry.canonicalizedBody);
        json.spec.hashedRekordV002.data.digest = Buffer.alloc(32).toString('base64');
        entry.canonicalizedBody = encoded(json);
      },
    ],
    [
      'of another type',
      (entry) => {
        entry.kindVersion = { kind: 'dsse', version: '0.0.2' };
      },
    ],
    ['without type', (entry) => delete entry.kindVersion],
    ['without body', (entry) => delete entry.canonicalizedBody],
    ['without proof', (entry) => delete entry.inclusionProof],
    ['without checkpoint', (entry) => delete entry.inclusionProof.checkpoint],
    ['without log id', (entry) => delete entry.logId],
    [
      'with hashes that are none',
      (entry) => {
        entry.inclusionProof.hashes = 5;
      },
    ],
  ])('%s: refused', async (_, change) => {
    expect(await failure(REKOR_2, changed(REKOR_2, change))).toMatchObject(refused);
  });
});

describe('a log of version 1 that answers with an entry', () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const spec = (entry: any, change: (spec: any) => void) => {
    const json = body(entry.body);
    change(json.spec);
    entry.body = encoded(json);
  };
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  test.each<[string, (entry: any) => void]>([
    [
      'of another signature',
      (entry) =>
        spec(entry, (its) => {
          its.signatures[0].signature = 'MEUCIQ==';
        }),
    ],
    [
      'of another payload',
      (entry) =>
        spec(entry, (its) => {
          its.payloadHash.value = '0'.repeat(64);
        }),
    ],
    [
      'of another key',
      (entry) =>
        spec(entry, (its) => {
          its.signatures[0].verifier = encoded('x');
        }),
    ],
    [
      'of one more signature',
      (entry) =>
        spec(entry, (its) => {
          its.signatures.push(its.signatures[0]);
        }),
    ],
    [
      'of another type',
      (entry) => {
        entry.body = encoded({ ...body(entry.body), kind: 'intoto' });
      },
    ],
    [
      'that is no JSON',
      (entry) => {
        entry.body = 'AAAA';
      },
    ],
    ['without signed time', (entry) => delete entry.verification.signedEntryTimestamp],
    ['without proof', (entry) => delete entry.verification.inclusionProof],
    ['without checkpoint', (entry) => delete entry.verification.inclusionProof.checkpoint],
    [
      'with an index below 0',
      (entry) => {
        entry.logIndex = -1;
      },
    ],
    [
      'with an index beyond what is exact',
      (entry) => {
        entry.logIndex = 2 ** 60;
      },
    ],
    [
      'with a log id that is none',
      (entry) => {
        entry.logID = '../x';
      },
    ],
    [
      'with hashes without end',
      (entry) => {
        entry.verification.inclusionProof.hashes = Array(1000).fill('00'.repeat(32));
      },
    ],
  ])('%s: refused', async (_, change) => {
    const answer = changed(REKOR_1, (json) => change(Object.values(json)[0]));
    expect(await failure(REKOR_1, answer)).toMatchObject(refused);
  });

  test('and another beside it: refused', async () => {
    const answer = changed(REKOR_1, (json) => {
      json.other = Object.values(json)[0];
    });
    expect(await failure(REKOR_1, answer)).toMatchObject(refused);
  });

  test.each([
    'https://evil.example/api/v1/log/entries/../../x',
    '/api/v1/log/entries/..%2f..%2fx',
    '',
    undefined,
  ])('that is there already, at %s: refused, and nobody else is asked', async (location) => {
    const headers: Record<string, string> = location === undefined ? {} : { location };
    expect(await failure(REKOR_1, () => Response.json({}, { status: 409, headers }))).toMatchObject(refused);
    expect(services.calls.every(({ url }) => url === `${REKOR_1}/api/v1/log/entries`)).toBe(true);
  });

  test('that is there already, at another host: only its id is taken from there', async () => {
    const uuid = 'a'.repeat(80);
    const headers = { location: `https://evil.example/api/v1/log/entries/${uuid}` };
    const answer: Answer = ({ method }) =>
      method === 'POST' ? Response.json({}, { status: 409, headers }) : new Response('no', { status: 404 });
    expect(await failure(REKOR_1, answer)).toMatchObject(refused);
    expect(services.calls.map(({ url }) => url)).toEqual([
      `${REKOR_1}/api/v1/log/entries`,
      `${REKOR_1}/api/v1/log/entries/${uuid}`,
    ]);
  });
});

describe('a certificate authority that answers', () => {
  const chain = (certificates: unknown) =>
    Response.json({ signedCertificateEmbeddedSct: { chain: { certificates } } });
  test.each<[string, () => Response]>([
    ['no certificate', () => chain([])],
    ['something that is none', () => chain(['hello'])],
    ['a damaged one', () => chain(['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])],
    ['a key', () => chain([key.publicPem])],
    [
      'a certificate of another key',
      () => chain([services.sigstore.issue({ publicKey: key.public.spki }).pem]),
    ],
    ['numbers', () => chain([1, 2])],
  ])('with %s: refused', async (_, answer) => {
    expect(await failure(FULCIO, answer)).toMatchObject(refused);
    expect(services.calls.filter(({ url }) => url.startsWith(REKOR_1))).toEqual([]);
  });
});

describe('a timestamp authority that answers', () => {
  const reply = (bytes: Uint8Array) => new Response(bytes as BodyInit);
  test.each<[string, () => Response]>([
    [
      'with a timestamp of something else',
      () => reply(services.sigstore.tsa.stamp(Buffer.from('other'), NOW)),
    ],
    ['with a rejection', () => reply(Buffer.from('30053003020102', 'hex'))],
    ['with a grant and no timestamp', () => reply(Buffer.from('30053003020100', 'hex'))],
    ['with damaged DER', () => reply(services.sigstore.tsa.stamp(Buffer.from('x'), NOW).subarray(0, 100))],
    ['with lengths that lie', () => reply(Buffer.from('3084ffffffff', 'hex'))],
  ])('%s: refused', async (_, answer) => {
    expect(await failure(TSA_ORIGIN, answer)).toMatchObject(refused);
  });
});
