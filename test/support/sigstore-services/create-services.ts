import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { createFakeSigstore, type FakeSigstore } from '../sigstore/index.ts';
import { answerFulcio } from './fulcio.ts';
import { answerLogV1, answerLogV2, type LogMemory } from './logs.ts';
import { answerTimestamps } from './timestamps.ts';

/** When everything in the suites happens. */
export const NOW = Date.parse('2026-11-23T12:00:00Z');

export const FULCIO = 'https://fulcio.fake.example';
export const REKOR_1 = 'https://rekor1.fake.example';
export const REKOR_2 = 'https://rekor2.fake.example';
export const TSA = 'https://tsa.fake.example/api/v1/timestamp';
export const ISSUER = 'https://token.actions.githubusercontent.com';

/** A request that a service got. */
export interface ServiceCall {
  method: string;
  url: string;
  headers: Headers;
  body: Uint8Array;
}

export type Answer = (call: ServiceCall) => Response | Promise<Response>;

/** The services of a sigstore, behind a fetch. */
export interface SigstoreServices {
  sigstore: FakeSigstore;
  fetch: typeof fetch;
  calls: ServiceCall[];
  /** By origin: answers in the place of a service, or passes the call on when it gives undefined. */
  instead: Map<string, (call: ServiceCall) => Response | Promise<Response> | undefined>;
  /** An identity token that the certificate authority takes. */
  token(claims?: Record<string, unknown>): Promise<string>;
  /** What signers take beside it. Nothing sleeps. */
  environment: {
    fetch: typeof fetch;
    clock: () => number;
    random: () => number;
    sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  };
  /** Milliseconds that were to be slept. */
  slept: number[];
}

/** A certificate authority, logs of both versions and a timestamp authority that stand in one trusted root. */
export function createSigstoreServices({ clock = () => NOW } = {}): SigstoreServices {
  const sigstore = createFakeSigstore({ clock });
  const logs: LogMemory = { v1: new Map(), v2: new Set() };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const answers: Record<string, Answer> = {
    [FULCIO]: (call) => answerFulcio(call, sigstore),
    [REKOR_1]: (call) => answerLogV1(call, sigstore.rekorV1, logs, clock()),
    [REKOR_2]: (call) => answerLogV2(call, sigstore.rekorV2, logs, clock()),
    [new URL(TSA).origin]: (call) => answerTimestamps(call, sigstore.tsa, clock()),
  };
  const calls: ServiceCall[] = [];
  const slept: number[] = [];
  const instead: SigstoreServices['instead'] = new Map();
  const fetchService = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input as string, init);
    const call: ServiceCall = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: new Uint8Array(await request.arrayBuffer()),
    };
    calls.push(call);
    const { origin } = new URL(request.url);
    const other = await instead.get(origin)?.(call);
    if (other !== undefined) return other;
    const answer = answers[origin];
    if (answer === undefined) throw new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } });
    return answer(call);
  };
  const random = () => 0.5;
  const sleep = async (ms: number) => void slept.push(ms);
  return {
    sigstore,
    fetch: fetchService,
    calls,
    instead,
    slept,
    environment: { fetch: fetchService, clock, random, sleep },
    token: (claims = {}) =>
      new SignJWT({
        iss: ISSUER,
        sub: 'repo:acme/charts:ref:refs/tags/v1.2.3',
        aud: 'sigstore',
        exp: Math.floor(clock() / 1000) + 600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(privateKey),
  };
}

/** A signing config with these services. */
export function signingConfigJson(
  services: ('fulcio' | 'rekor1' | 'rekor2' | 'tsa')[],
  // biome-ignore lint/suspicious/noExplicitAny: JSON, to be changed as a test likes
  change: (config: any) => void = () => {},
): Uint8Array {
  const service = (url: string, majorApiVersion = 1) => ({
    url,
    majorApiVersion,
    validFor: { start: '2026-01-01T00:00:00Z' },
    operator: 'fake.example',
  });
  const one = <T>(name: (typeof services)[number], value: T): T[] => (services.includes(name) ? [value] : []);
  const config = {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: one('fulcio', service(FULCIO)),
    oidcUrls: [service(ISSUER)],
    rekorTlogUrls: [...one('rekor1', service(REKOR_1)), ...one('rekor2', service(REKOR_2, 2))],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: one('tsa', service(TSA)),
    tsaConfig: { selector: 'ANY' },
  };
  change(config);
  return Buffer.from(JSON.stringify(config));
}
