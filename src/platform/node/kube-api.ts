import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { ChartsealError } from '../../base/error.ts';
import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { createNodeFetch } from './fetch.ts';

/** Where Kubernetes puts token and CA of the service account of a Pod. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The token is replaced before it expires; client-go reads it again every minute (transport/token_source.go). */
const TOKEN_LIFETIME_MS = 60_000;
const REQUEST_MS = 3_000;
/** Longest answers, together where they belong together. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

interface KubeApiOptions {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Where token and ca.crt are. Default: where Kubernetes puts them. */
  accountPath?: string;
  /** Instead of Node's own; it must believe the CA. */
  fetch?: typeof fetch;
}

/** The API server of the cluster this process runs in, as the service account of its Pod sees it. */
export interface KubeApi {
  /**
   * @param path begins with `/api`
   * @param left bytes that this and further answers may have together
   * @returns the object, or undefined for 404
   * @throws ChartsealError `k8s.unavailable`; `limit.charts` for more bytes: how many there are is up to those who write
   *   objects, who must not choose that a verdict is inconclusive
   */
  getJson(path: string, left?: { bytes: number }): Promise<Record<string, unknown> | undefined>;
  close(): Promise<void>;
}

/** @throws ChartsealError `config.invalid` when this is no cluster or there is no service account */
export async function createKubeApi(options: KubeApiOptions): Promise<KubeApi> {
  const { env, clock, accountPath = ACCOUNT } = options;
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  if (host === '') throw notThere('KUBERNETES_SERVICE_HOST is not set, so this is no cluster');
  const { origin, host: authority } = new URL(
    `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`,
  );
  const ca = await readAccount(accountPath, 'ca.crt');
  let token = { value: await readAccount(accountPath, 'token'), readAt: clock() };
  const nodeFetch = options.fetch
    ? undefined
    : createNodeFetch({ cas: new Map([[authority, ca]]), allowPrivate: () => true });
  const ask = options.fetch ?? (nodeFetch as typeof fetch);

  const bearer = async (): Promise<string> => {
    if (clock() - token.readAt >= TOKEN_LIFETIME_MS) {
      token = { value: await readAccount(accountPath, 'token').catch(() => token.value), readAt: clock() };
    }
    return token.value.trim();
  };

  return {
    async getJson(path, left = { bytes: MAX_ANSWER_BYTES }) {
      const answer = await send(path);
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      if (answer.status !== 200) {
        await answer.body?.cancel();
        const refused = answer.status === 401 || answer.status === 403;
        throw unavailable(path, `it answered ${answer.status}`, { retryable: !refused });
      }
      let value: unknown;
      try {
        value = JSON.parse(await readText(answer, path, left));
      } catch (cause) {
        if (cause instanceof ChartsealError) throw cause;
        throw unavailable(path, 'its answer could not be read', { cause });
      }
      if (isObject(value)) return value;
      throw unavailable(path, 'its answer is no object');
    },
    close: async () => nodeFetch?.close(),
  };

  async function send(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${await bearer()}`, accept: 'application/json' };
    try {
      const signal = AbortSignal.timeout(REQUEST_MS);
      return await ask(`${origin}${path}`, { headers, redirect: 'manual', signal });
    } catch (cause) {
      throw unavailable(path, 'it did not answer', { cause });
    }
  }
}

async function readText(answer: Response, path: string, left: { bytes: number }): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    left.bytes -= chunk.byteLength;
    if (left.bytes < 0) {
      throw new ChartsealError('limit.charts', `API server, ${clean(path)}: there is more than can be read`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function readAccount(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    throw notThere(`${join(folder, name)} cannot be read`, cause);
  }
}

function notThere(why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('config.invalid', `admission.cluster: ${why}`, {
    help: 'Run in a Pod whose service account token is mounted, or leave out admission.cluster.',
    cause,
  });
}

function unavailable(
  path: string,
  why: string,
  options: { cause?: unknown; retryable?: boolean } = {},
): ChartsealError {
  return new ChartsealError('k8s.unavailable', `API server, ${clean(path)}: ${why}`, {
    retryable: options.retryable ?? true,
    cause: options.cause,
  });
}
