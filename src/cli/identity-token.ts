import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { isLoopback } from '../config/index.ts';
import type { Io } from '../platform/node/io.ts';
import { readNamedFile } from './files.ts';
import { openFetch } from './open-fetch.ts';
import { usageError } from './usage-error.ts';

/** What certificate authorities of sigstore want a token to be for. */
const AUDIENCE = 'sigstore';
const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

/**
 * The identity token of whoever signs keyless: out of the file of `--identity-token` (`-`: the standard input), the
 * environment variable SIGSTORE_ID_TOKEN, or from GitHub Actions where a job may have one (`permissions: id-token: write`).
 * @throws ChartsealError usage.invalid, file.unreadable, sign.service_unavailable, sign.service_refused; no part of a token
 * is in them
 */
export async function identityToken(file: string | undefined, io: Io): Promise<string> {
  const token = (await find(file, io)).trim();
  if (token === '') throw usageError('the identity token is empty', 'Give it whole, as its issuer gave it.');
  return token;
}

async function find(file: string | undefined, io: Io): Promise<string> {
  if (file !== undefined) return new TextDecoder().decode(await readFile(file, io));
  const { SIGSTORE_ID_TOKEN: own } = io.env;
  if (own !== undefined && own.trim() !== '') return own;
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = io.env;
  if (url && bearer) return askGithub(url, bearer, io);
  throw usageError(
    'there is no identity token to sign with',
    'Give it with --identity-token FILE or in SIGSTORE_ID_TOKEN (audience "sigstore"). In GitHub Actions the job needs "permissions: id-token: write".',
  );
}

async function readFile(file: string, io: Io): Promise<Uint8Array> {
  if (file === '-') {
    if (io.readStdin !== undefined) return io.readStdin();
    throw usageError('--identity-token - reads the standard input, which is the terminal');
  }
  // Others on the machine can read the command line.
  if (/^eyJ[\w-]+\./.test(file)) {
    throw usageError(
      '--identity-token takes a file, and what was given looks like the token itself',
      'Put the token into a file or into SIGSTORE_ID_TOKEN, and let it expire: it stood on a command line.',
    );
  }
  return readNamedFile(file, io.cwd, '--identity-token');
}

// https://docs.github.com/actions/reference/security/oidc, "Methods for requesting the OIDC token".
async function askGithub(address: string, bearer: string, io: Io): Promise<string> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback(url))) {
    throw usageError('ACTIONS_ID_TOKEN_REQUEST_URL is no https address');
  }
  url.searchParams.set('audience', AUDIENCE);
  const what = `the token service of GitHub Actions (${clean(url.host, 100)})`;
  const { fetch, close } = await openFetch({ host: url.host }, io);
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    if (response === undefined || response.status >= 500 || response.status === 429) {
      await response?.body?.cancel();
      const why = response === undefined ? 'could not be reached' : `answered ${response.status}`;
      throw new ChartsealError('sign.service_unavailable', `${what} ${why}`, { retryable: true });
    }
    const text = await readText(response);
    const value = response.status === 200 && text !== undefined ? tokenIn(text) : undefined;
    if (value !== undefined) return value;
    throw new ChartsealError('sign.service_refused', `${what} answered ${response.status} without a token`, {
      help: 'Does the job have "permissions: id-token: write"?',
    });
  } finally {
    await close();
  }
}

async function readText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_ANSWER) return undefined;
    }
    return text;
  } catch {
    return undefined;
  }
}

function tokenIn(text: string): string | undefined {
  try {
    const { value } = JSON.parse(text) as { value?: unknown };
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
