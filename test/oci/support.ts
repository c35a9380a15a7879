import { createHash } from 'node:crypto';
import type {
  ClientOptions,
  Descriptor,
  Digest,
  RegistryOptions,
  RegistryRequestInit,
} from '../../src/oci/index.ts';
import { createRegistryClient, parseReference } from '../../src/oci/index.ts';

export const NOW = Date.parse('2026-11-23T12:00:00Z');
export const REF = parseReference('oci://registry.example.com/charts/app:1.2.3');
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export interface Seen {
  method: string;
  url: string;
  headers: Headers;
  /** Text, or the bytes that were put as text. */
  body: string;
  init: RegistryRequestInit;
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

export function descriptorOf(text: string, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) };
}

export const BLOB = 'provenance text';
export const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  config: descriptorOf('{}', 'application/vnd.cncf.helm.config.v1+json'),
  layers: [descriptorOf(BLOB, 'application/vnd.cncf.helm.chart.provenance.v1.prov')],
});

export function manifestAnswer(text = MANIFEST, headers: Record<string, string> = {}): Response {
  return new Response(text, { headers: { 'content-type': OCI_MANIFEST, ...headers } });
}

/** A client over a hand-written answer function; records what was asked. Sleeps take no time and are recorded. */
export function clientOf(
  answer: (seen: Seen, index: number) => Response | Promise<Response>,
  options: Partial<ClientOptions> & { registry?: Partial<RegistryOptions> } = {},
) {
  const seen: Seen[] = [];
  const slept: number[] = [];
  const fake = async (input: string | URL | Request, init: RegistryRequestInit = {}) => {
    const one: Seen = {
      method: init.method ?? 'GET',
      url: String(input),
      headers: new Headers(init.headers as HeadersInit),
      body: init.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : String(init.body ?? ''),
      init,
    };
    seen.push(one);
    return await answer(one, seen.length - 1);
  };
  const { registry, ...rest } = options;
  const client = createRegistryClient({
    fetch: fake as typeof fetch,
    clock: () => NOW,
    registries: [{ host: 'registry.example.com', ...registry }],
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
    ...rest,
  });
  return { client, session: client.session(), push: client.session({ action: 'push' }), seen, slept };
}

export const BASIC = { kind: 'basic', username: 'user', password: 'very-secret' } as const;

/** The error of a promise, as data; fails the test when there is none. */
export async function failure(promise: Promise<unknown>) {
  try {
    await promise;
  } catch (error) {
    const { code, message, retryable, retryAfter, help } = error as Record<string, unknown>;
    return { code, message: String(message), retryable, retryAfter, help: String(help) };
  }
  throw new Error('expected a failure');
}

export function challenge(header: string): Response {
  return new Response('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}', {
    status: 401,
    headers: { 'www-authenticate': header, 'content-type': 'application/json' },
  });
}

/** A body that gives the chunks and then hangs until it is cancelled. */
export function hangingBody(...chunks: string[]): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[at++];
      if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
      else return new Promise<void>(() => {});
      return undefined;
    },
  });
}
