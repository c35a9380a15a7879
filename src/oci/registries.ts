import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { isSpecialHost } from './address.ts';
import { normaliseHost, requestHost } from './host.ts';
import type { Credentials, RegistryOptions } from './options.ts';
import { readUrl } from './read-url.ts';

/** An entry of redirectHosts or tokenHosts. */
interface NamedHost {
  /** Of the URLs it allows; for a wildcard `https://*.DOMAIN` or `https://*`. */
  origin: string;
  /** Stands for public https hosts, as under `registries`. */
  wildcard: boolean;
}

/** A registry as one reference finds it. */
export interface Registry {
  /** Normalised, as in references and messages. */
  host: string;
  /** Where requests go: scheme, host, port. */
  origin: string;
  /** Found by a wildcard: no credentials, public hosts only. */
  wildcard: boolean;
  plainHttp: boolean;
  credentials?: Credentials;
  redirectHosts?: NamedHost[];
  tokenHosts?: NamedHost[];
}

/** Finds the registry of a host; a written-out entry goes before wildcards, a longer wildcard before a shorter. */
export interface Registries {
  find(host: string): Registry;
  /** Is the URL's host written out anywhere in the configuration, so that it may be private? */
  isNamed(url: URL): boolean;
}

interface Entry {
  pattern: string;
  options: RegistryOptions;
  redirectHosts?: NamedHost[];
  tokenHosts?: NamedHost[];
}

/**
 * Reads the configured registries once.
 * @throws ChartsealError `config.invalid`
 */
export function readRegistries(options: RegistryOptions[]): Registries {
  const entries = options.map(readEntry);
  const named = new Set(entries.flatMap(namedHosts));
  const exact = new Map(
    entries.filter((one) => !one.pattern.startsWith('*')).map((one) => [one.pattern, one]),
  );
  const wild = entries
    .filter((one) => one.pattern.startsWith('*'))
    .sort((a, b) => b.pattern.length - a.pattern.length);
  const isNamed = (url: URL) => named.has(bareHost(url));
  return {
    isNamed,
    find(host) {
      const entry = exact.get(host) ?? wild.find((one) => matches(one.pattern, host));
      if (entry === undefined) throw notListed(host);
      return toRegistry(entry, host, isNamed);
    },
  };
}

function readEntry(options: RegistryOptions): Entry {
  const wildcard = options.host.startsWith('*');
  if (wildcard && (options.credentials !== undefined || options.plainHttp === true)) {
    throw invalid(options.host, 'is a wildcard, so it can have neither credentials nor plainHttp');
  }
  return {
    pattern: wildcard ? readWildcard(options.host) : normaliseHost(options.host),
    options,
    ...(options.redirectHosts === undefined
      ? {}
      : { redirectHosts: options.redirectHosts.map(readNamedHost) }),
    ...(options.tokenHosts === undefined ? {} : { tokenHosts: options.tokenHosts.map(readNamedHost) }),
  };
}

function readWildcard(host: string): string {
  const lower = host.toLowerCase();
  if (lower === '*' || /^\*(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/.test(lower)) return lower;
  throw invalid(host, 'is neither a host, "*" nor "*.DOMAIN"');
}

function readNamedHost(text: string): NamedHost {
  if (text.startsWith('*')) return { origin: `https://${readWildcard(text)}`, wildcard: true };
  const url = readUrl(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  const bare = url !== undefined && url.pathname === '/' && `${url.search}${url.hash}${url.username}` === '';
  if (!bare || text.includes('*')) throw invalid(text, 'is no host, https://HOST or http://HOST:PORT');
  return { origin: `${url.protocol}//${bareHost(url)}`, wildcard: false };
}

/** Does an entry of redirectHosts or tokenHosts mean this URL? A wildcard says nothing of private addresses. */
export function means(named: NamedHost, url: URL): boolean {
  if (!named.wildcard) return named.origin === `${url.protocol}//${bareHost(url)}`;
  return url.protocol === 'https:' && matches(named.origin.slice('https://'.length), bareHost(url));
}

/** Host and port of a URL without trailing dot, to compare with what is configured. */
export function bareHost(url: URL): string {
  const port = url.port === '' ? '' : `:${url.port}`;
  return `${url.hostname.toLowerCase().replace(/\.$/, '')}${port}`;
}

function namedHosts(entry: Entry): string[] {
  const own = entry.pattern.startsWith('*')
    ? []
    : [bareHost(new URL(originOf(entry.pattern, entry.options)))];
  const others = [...(entry.redirectHosts ?? []), ...(entry.tokenHosts ?? [])];
  return [...own, ...others.filter((one) => !one.wildcard).map((one) => new URL(one.origin).host)];
}

function originOf(host: string, options: RegistryOptions): string {
  return new URL(`${options.plainHttp === true ? 'http' : 'https'}://${requestHost(host)}/`).origin;
}

function matches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  const name = host.replace(/:[0-9]+$/, '');
  return name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1;
}

function toRegistry(entry: Entry, host: string, isNamed: (url: URL) => boolean): Registry {
  const { options } = entry;
  const wildcard = entry.pattern.startsWith('*');
  const origin = originOf(host, options);
  if (wildcard && isSpecialHost(new URL(origin).hostname) && !isNamed(new URL(origin))) {
    throw new ChartsealError(
      'registry.address_refused',
      `registry ${clean(host)} is a private or special address, and "${entry.pattern}" covers public hosts only`,
    );
  }
  return {
    host,
    origin,
    wildcard,
    plainHttp: options.plainHttp === true,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(entry.redirectHosts === undefined ? {} : { redirectHosts: entry.redirectHosts }),
    ...(entry.tokenHosts === undefined ? {} : { tokenHosts: entry.tokenHosts }),
  };
}

function notListed(host: string): ChartsealError {
  return new ChartsealError(
    'registry.not_listed',
    `registry ${clean(host)} is not among the configured ones`,
    {
      help: `Add "- host: ${clean(host)}" under "registries" in the configuration.`,
    },
  );
}

function invalid(host: string, why: string): ChartsealError {
  return new ChartsealError('config.invalid', `registries: "${clean(host)}" ${why}`);
}
