import { ChartsealError } from '../base/error.ts';
import { readLimited } from '../base/read-limited.ts';
import { clean } from '../base/text.ts';

/** A key of the transit engine of HashiCorp Vault or OpenBao, and how to reach it. */
export interface VaultKeyOptions {
  /** `https://vault.example.com:8200`, perhaps with a path before `/v1`; http on loopback only. */
  address: string;
  /** Name of the key. */
  key: string;
  /** Sent as X-Vault-Token; in no message. */
  token: string;
  fetch: typeof fetch;
  /** Where the transit engine is mounted. Default: transit. */
  mount?: string | undefined;
  /** Of Vault Enterprise and OpenBao; sent as X-Vault-Namespace. */
  namespace?: string | undefined;
  /** Version of the key to use; the newest when absent. */
  keyVersion?: number | undefined;
  /** For a whole answer. Default: 10,000. */
  timeoutMs?: number | undefined;
}

/** Asks the transit engine; answers are the `data` of what it says. */
export interface VaultClient {
  get(path: string, signal?: AbortSignal): Promise<Record<string, unknown>>;
  post(path: string, body: object, signal?: AbortSignal): Promise<Record<string, unknown>>;
}

const MAX_ANSWER = 128 * 1024;

/**
 * A client for one transit engine. Nothing is tried twice: the caller knows how much time is left.
 * @throws ChartsealError sign.key_unusable for options that cannot be right
 */
export function vaultClient(o: VaultKeyOptions): VaultClient {
  const base = baseUrl(o);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'x-vault-token': headerValue(o.token, 'token'),
    'x-vault-request': 'true',
  };
  if (o.namespace !== undefined) headers['x-vault-namespace'] = headerValue(o.namespace, 'namespace');
  const ask = (path: string, init: RequestInit, signal?: AbortSignal) =>
    exchange(o, `${base}/${path}`, { ...init, redirect: 'manual' }, signal);
  return {
    get: (path, signal) => ask(path, { method: 'GET', headers }, signal),
    post: (path, body, signal) =>
      ask(
        path,
        {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
        signal,
      ),
  };
}

function baseUrl(o: VaultKeyOptions): string {
  let url: URL;
  try {
    url = new URL(o.address);
  } catch {
    throw unusable('the address of Vault is no URL');
  }
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    throw unusable('the address of Vault must begin with https:// (http:// on loopback only)');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw unusable('the address of Vault holds more than host, port and path');
  }
  const mount = o.mount ?? 'transit';
  if (!/^[\w-]+(\/[\w-]+)*$/.test(mount)) throw unusable('the mount of the transit engine is no path');
  if (!/^\w[\w.-]*$/.test(o.key))
    throw unusable('the name of the key in Vault holds other than letters, digits, . _ -');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/v1/${mount}`;
}

function headerValue(text: string, what: string): string {
  const trimmed = text.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed))
    throw unusable(`the ${what} for Vault is empty or holds blanks or other than ASCII`);
  return trimmed;
}

async function exchange(
  o: VaultKeyOptions,
  url: string,
  init: RequestInit,
  outer: AbortSignal | undefined,
): Promise<Record<string, unknown>> {
  const timeoutMs = o.timeoutMs ?? 10_000;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const giveUp = () => controller.abort();
  outer?.addEventListener('abort', giveUp, { once: true });
  if (outer?.aborted) giveUp();
  try {
    const ended = new Promise<never>((_, reject) => {
      const end = () =>
        reject(
          unavailable(
            outer?.aborted
              ? 'the work was given up before Vault answered'
              : `Vault did not answer within ${timeoutMs} ms`,
          ),
        );
      if (controller.signal.aborted) end();
      controller.signal.addEventListener('abort', end, { once: true });
    });
    return await Promise.race([read(o, url, { ...init, signal: controller.signal }), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', giveUp);
    // Whatever is still under way is of no use.
    controller.abort();
  }
}

async function read(o: VaultKeyOptions, url: string, init: RequestInit): Promise<Record<string, unknown>> {
  let response: Response;
  let text: string;
  try {
    response = await o.fetch(url, init);
    const bytes = await readLimited(response, MAX_ANSWER);
    if (bytes === undefined) throw refused(`the answer of Vault is larger than ${MAX_ANSWER} bytes`);
    text = new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    // Messages of fetch may quote headers, and with them the token.
    const code = errorCode(error);
    throw unavailable(`Vault could not be reached${code === undefined ? '' : `: ${code}`}`);
  }
  const { status } = response;
  if (status === 200) {
    const data = field(parse(text), 'data');
    if (data !== null && typeof data === 'object') return data as Record<string, unknown>;
    throw refused(
      'Vault answered 200 with something else than JSON with "data": is the address that of Vault?',
    );
  }
  const why = errorsOf(text, o.token);
  // 412: a standby does not have the newest state yet; 472, 473: a standby of another cluster.
  if (status === 429 || status === 412 || status >= 472) {
    throw unavailable(`Vault answered ${status}${why}`, retryAfter(response));
  }
  if (status === 0 || (status >= 300 && status < 400)) {
    throw refused(
      'Vault answered with a redirect, which is not followed: give the address of the active node',
    );
  }
  throw refused(`Vault answered ${status}${why}`);
}

/** What Vault says is wrong, without the token, should it repeat it. */
function errorsOf(text: string, token: string): string {
  const errors = field(parse(text), 'errors');
  if (!Array.isArray(errors) || errors.length === 0) return '';
  const words = errors
    .slice(0, 3)
    .map((error) => String(error).replaceAll(token.trim(), '…').replace(/\s+/g, ' ').trim());
  return `: ${clean(words.join('; '))}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An own field of an object; undefined otherwise. */
export function field(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function errorCode(error: unknown): string | undefined {
  const code = field(error, 'code') ?? field(error instanceof Error ? error.cause : undefined, 'code');
  return typeof code === 'string' && /^[A-Z][A-Z_]{2,40}$/.test(code) ? code : undefined;
}

function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after') ?? '';
  return /^\d{1,4}$/.test(value) ? Number(value) : undefined;
}

function unavailable(why: string, after?: number): ChartsealError {
  return new ChartsealError('sign.signer_unavailable', why, {
    retryable: true,
    ...(after === undefined ? {} : { retryAfter: after }),
  });
}

function refused(why: string): ChartsealError {
  return new ChartsealError('sign.signer_refused', why);
}

function unusable(why: string): ChartsealError {
  return new ChartsealError('sign.key_unusable', why, {
    help: 'Correct how the vault is named: address, mount, name of the key, namespace, token.',
  });
}
