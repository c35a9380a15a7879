import type { Credentials } from '../oci/index.ts';
import { normaliseHost } from '../oci/index.ts';

/** Most parts of a secret that comes as NAME_1, NAME_2, …. */
const MAX_PARTS = 16;

/**
 * A secret of the runtime: the one of this name, or else the parts NAME_1, NAME_2, … joined (a Worker secret holds
 * 5 KB). undefined: neither is set, or it is empty.
 */
export function readSecret(name: string, secret: (name: string) => string | undefined): string | undefined {
  const whole = secret(name);
  if (whole !== undefined) return whole.trim() === '' ? undefined : whole;
  let joined = '';
  for (let part = 1; part <= MAX_PARTS; part++) {
    const text = secret(`${name}_${part}`);
    if (text === undefined) break;
    joined += text;
  }
  return joined.trim() === '' ? undefined : joined;
}

/**
 * Credentials for a registry out of a secret: a Docker config.json (its `auths` entry of that host) or
 * `user:password`.
 * @param host normalised
 * @returns the credentials, or in words what is wrong; the words never hold a part of the secret
 */
export function readCredentials(secret: string, host: string): Credentials | string {
  const text = secret.trim();
  if (!text.startsWith('{')) {
    return userAndPassword(text) ?? 'the secret is neither a Docker config.json nor user:password';
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return 'the secret begins like a Docker config.json, but is no JSON';
  }
  const auths = field(config, 'auths');
  if (auths === null || typeof auths !== 'object')
    return 'the Docker config.json in the secret has no "auths"';
  for (const [key, entry] of Object.entries(auths)) {
    if (hostOfAuthsKey(key) !== host) continue;
    const identityToken = field(entry, 'identitytoken');
    if (typeof identityToken === 'string' && identityToken !== '') {
      return { kind: 'identityToken', token: identityToken };
    }
    const username = field(entry, 'username');
    const password = field(entry, 'password');
    if (typeof username === 'string' && username !== '' && typeof password === 'string') {
      return { kind: 'basic', username, password };
    }
    const auth = field(entry, 'auth');
    const decoded = typeof auth === 'string' ? fromBase64(auth) : undefined;
    return (
      (decoded === undefined ? undefined : userAndPassword(decoded)) ??
      `the entry of ${host} in the Docker config.json has neither "auth" (user:password in base64) nor "username" and "password" nor "identitytoken"`
    );
  }
  return `the Docker config.json in the secret has no entry of ${host} under "auths"`;
}

function userAndPassword(text: string): Credentials | undefined {
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

// Docker writes "https://index.docker.io/v1/" for its own registry, helm and podman write the bare host.
function hostOfAuthsKey(key: string): string | undefined {
  const match = /^(?:https?:\/\/)?([^/]+)(?:\/v[12])?\/?$/i.exec(key);
  try {
    return match?.[1] === undefined ? undefined : normaliseHost(match[1]);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function fromBase64(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
