import { ChartsealError } from '../../base/error.ts';
import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import type { Credentials } from '../../oci/options.ts';
import { credentialFiles, type Place } from './credential-files.ts';
import type { RunHelper } from './run-helper.ts';

/** Largest credential file read, in bytes. */
const MAX_CREDENTIAL_FILE = 1024 * 1024;
/** Milliseconds a credential helper may take: it may ask a cloud. */
const HELPER_TIMEOUT_MS = 15_000;
/** Most bytes a credential helper may print. */
const MAX_HELPER_OUTPUT = 128 * 1024;

/** What {@link findCredentials} reads from. */
interface CredentialSources extends Place {
  /** Rejects with `code` ENOENT when there is no such file, as node:fs/promises does. */
  readFile: (path: string) => Promise<Uint8Array>;
  execFile: RunHelper;
}

/**
 * The credentials for a registry where users of Helm and Docker already have them: Helm's registry config.json, then
 * Docker's config.json, then Podman's auth.json; in each `credHelpers`, else `credsStore`, else `auths`. The first
 * file that has some wins; undefined if none has.
 * @param host as in a normalised reference: lower case, no default port, `docker.io` for Docker Hub
 * @throws config.invalid for a file or helper that cannot be used, naming it but nothing of its content
 */
export async function findCredentials(
  host: string,
  sources: CredentialSources,
): Promise<Credentials | undefined> {
  for (const path of credentialFiles(sources)) {
    const file = await readCredentialFile(path, sources.readFile);
    if (file === undefined) continue;
    const helper = lookUp(file.credHelpers, host) ?? (file.credsStore || undefined);
    const found =
      helper === undefined
        ? fromEntry(lookUp(file.auths, host), path, host)
        : await ask(helper, host, path, sources);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface CredentialFile {
  auths: Record<string, unknown>;
  credHelpers: Record<string, string>;
  credsStore: string;
}

async function readCredentialFile(
  path: string,
  readFile: CredentialSources['readFile'],
): Promise<CredentialFile | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw broken(path, `it cannot be read (${clean(code ?? 'unknown reason')})`);
  }
  if (bytes.length > MAX_CREDENTIAL_FILE)
    throw broken(path, `it is larger than ${MAX_CREDENTIAL_FILE} bytes`);
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Without the cause: the parser's message quotes the file.
    throw broken(path, 'it is not JSON');
  }
  if (!isObject(value)) throw broken(path, 'it is not a JSON object');
  const { auths = {}, credHelpers = {}, credsStore = '' } = value;
  if (!isObject(auths)) throw broken(path, '"auths" is not an object');
  if (!isObject(credHelpers) || Object.values(credHelpers).some((name) => typeof name !== 'string')) {
    throw broken(path, '"credHelpers" is not an object of names');
  }
  if (typeof credsStore !== 'string') throw broken(path, '"credsStore" is not a name');
  return { auths, credHelpers: credHelpers as Record<string, string>, credsStore };
}

const DOCKER_HUB = 'https://index.docker.io/v1/';
const DOCKER_HUB_HOSTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** The entry of a host; keys may have a scheme, a default port and, as Docker writes them, `/v1/` or `/v2/`. */
function lookUp<T>(entries: Record<string, T>, host: string): T | undefined {
  const exact = DOCKER_HUB_HOSTS.has(host) ? DOCKER_HUB : host;
  if (Object.hasOwn(entries, exact)) return entries[exact];
  return Object.entries(entries).find(([key]) => {
    const name = key
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/(v[12]\/?)?$/, '')
      .replace(/:443$/, '');
    return name === host || (DOCKER_HUB_HOSTS.has(host) && DOCKER_HUB_HOSTS.has(name));
  })?.[1];
}

function fromEntry(entry: unknown, path: string, host: string): Credentials | undefined {
  if (entry === undefined || entry === null) return undefined;
  const unusable = () =>
    broken(path, `the entry for ${clean(host)} under "auths" is not one that Docker writes`);
  if (!isObject(entry)) throw unusable();
  const { auth, identitytoken, username, password } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { kind: 'identityToken', token: identitytoken };
  if (typeof auth === 'string' && auth !== '') {
    const text = decodeBase64(auth);
    const colon = text?.indexOf(':') ?? -1;
    if (text === undefined || colon < 1) throw unusable();
    // Docker has padded passwords with NUL (docker/cli:cli/config/configfile/file.go, decodeAuth).
    return basic(text.slice(0, colon), text.slice(colon + 1).replace(/^\0+|\0+$/g, ''));
  }
  if (typeof username === 'string' && username !== '' && typeof password === 'string')
    return basic(username, password);
  return undefined;
}

/** docker-credential-helpers: the name of the server on stdin, JSON on stdout; "<token>" marks an identity token. */
async function ask(
  helper: string,
  host: string,
  path: string,
  { execFile, env }: CredentialSources,
): Promise<Credentials | undefined> {
  const name = clean(helper, 60);
  // It becomes part of the name of a program: nothing that leads to another folder.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper))
    throw broken(path, `"${name}" is no name of a credential helper`);
  const program = `docker-credential-${helper}`;
  const failed = (why: string) =>
    new ChartsealError(
      'config.invalid',
      `The credential helper ${program}, named in ${clean(path)}, ${why}`,
      {
        help: `Try it: echo ${serverName(host)} | ${program} get. Or log in again with helm registry login.`,
      },
    );
  let result: Awaited<ReturnType<RunHelper>>;
  try {
    result = await execFile(program, ['get'], {
      input: serverName(host),
      env,
      timeoutMs: HELPER_TIMEOUT_MS,
      maxBytes: MAX_HELPER_OUTPUT,
    });
  } catch (error) {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (code === 'ENOENT') throw failed('is not installed (not found in PATH)');
    if (code === 'ETIMEDOUT') throw failed(`did not answer within ${HELPER_TIMEOUT_MS / 1000} seconds`);
    if (code === 'EMSGSIZE') throw failed(`printed more than ${MAX_HELPER_OUTPUT} bytes`);
    throw failed(`could not be run (${clean(code ?? 'unknown reason')})`);
  }
  if (result.code !== 0) {
    // docker-credential-helpers:credentials/error.go. Helpers say it on stdout.
    if (/credentials not found in native keychain/.test(result.stdout)) return undefined;
    throw failed(`failed (exit status ${result.code ?? 'by a signal'})`);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(result.stdout);
  } catch {
    throw failed('did not answer with JSON');
  }
  if (!isObject(answer) || typeof answer.Username !== 'string' || typeof answer.Secret !== 'string') {
    throw failed('did not answer with Username and Secret');
  }
  if (answer.Secret === '') return undefined;
  if (answer.Username === '<token>') return { kind: 'identityToken', token: answer.Secret };
  return answer.Username === '' ? undefined : basic(answer.Username, answer.Secret);
}

function serverName(host: string): string {
  return DOCKER_HUB_HOSTS.has(host) ? DOCKER_HUB : host;
}

function basic(username: string, password: string): Credentials {
  return { kind: 'basic', username, password };
}

function decodeBase64(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function broken(path: string, why: string): ChartsealError {
  return new ChartsealError('config.invalid', `The credential file ${clean(path)} cannot be used: ${why}`, {
    help: 'Correct or remove the file, or log in again with helm registry login.',
  });
}
