import { BlockList, isIP } from 'node:net';
import { ChartsealError } from '../../base/error.ts';

/** The proxies of an environment, as Go's net/http and so Helm reads them. */
export interface ProxySettings {
  /** For http addresses. */
  http?: string;
  /** For https addresses. */
  https?: string;
  /** Comma-separated hosts that are reached without a proxy. */
  no?: string;
}

/** HTTPS_PROXY, HTTP_PROXY, NO_PROXY in upper or lower case. */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string) => env[name] || env[name.toLowerCase()] || undefined;
  const settings: ProxySettings = {};
  const https = read('HTTPS_PROXY');
  const http = read('HTTP_PROXY');
  const no = read('NO_PROXY');
  if (https) settings.https = https;
  if (http) settings.http = http;
  if (no) settings.no = no;
  return settings;
}

/**
 * Which proxy an address goes through; undefined for none. NO_PROXY by the rules of golang.org/x/net/http/httpproxy:
 * `*`, names (with all below them), `.name` (only those below), addresses, CIDR blocks, each with an optional port;
 * loopback never goes through a proxy.
 * @throws config.invalid for a proxy that is no URL
 */
export function chooseProxy(settings: ProxySettings): (url: URL) => string | undefined {
  const proxies = { 'http:': normalise(settings.http), 'https:': normalise(settings.https) };
  const without = (settings.no ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(toMatcher);
  return (url) => {
    const proxy = proxies[url.protocol as 'http:' | 'https:'];
    if (proxy === undefined) return undefined;
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    if (host === 'localhost' || loopback(host)) return undefined;
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return without.some((matches) => matches(host, port)) ? undefined : proxy;
  };
}

function normalise(proxy: string | undefined): string | undefined {
  if (proxy === undefined || proxy === '') return undefined;
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    // Not the value itself: it may hold a password.
    throw new ChartsealError('config.invalid', 'HTTPS_PROXY or HTTP_PROXY is not the URL of an HTTP proxy', {
      help: 'Write it as http://HOST:PORT or https://HOST:PORT.',
    });
  }
  return url.href;
}

type Matcher = (host: string, port: string) => boolean;

function toMatcher(entry: string): Matcher {
  if (entry === '*') return () => true;
  const slash = entry.indexOf('/');
  if (slash > 0) {
    const net = entry.slice(0, slash);
    const bits = Number(entry.slice(slash + 1));
    const family = isIP(net);
    if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128))
      return () => false;
    const block = new BlockList();
    block.addSubnet(net, bits, family === 4 ? 'ipv4' : 'ipv6');
    return (host) => isIP(host) !== 0 && block.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
  }
  const split = isIP(entry) !== 0 ? null : /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry);
  const name = split?.[1] ?? split?.[2] ?? entry;
  const only = split?.[3];
  const bare = name.replace(/^\*?\./, '');
  const below = `.${bare}`;
  const itself = name === bare;
  return (host, port) =>
    (only === undefined || only === port) &&
    ((itself && host === bare) || (isIP(host) === 0 && host.endsWith(below)));
}

function loopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
