import { ChartsealError } from '../../base/error.ts';
import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';

/** A service that may be used for signing. */
export interface SigningService {
  /** A base URL without a slash at its end; of a timestamp authority the whole address. */
  url: string;
  majorApiVersion: number;
  /** Milliseconds since the epoch; no bound when undefined. */
  validFrom: number | undefined;
  validUntil: number | undefined;
  operator: string;
}

/** How many of the services that fit are used. */
export type ServiceSelector = { kind: 'any' } | { kind: 'all' } | { kind: 'exact'; count: number };

/** A signing_config.json, checked. */
export interface SigningConfig {
  certificateAuthorities: SigningService[];
  logs: SigningService[];
  logSelector: ServiceSelector;
  timestampAuthorities: SigningService[];
  timestampSelector: ServiceSelector;
}

/** Largest signing config that is read. That of the public instance has 1.5 KB. */
const MAX_SIGNING_CONFIG = 128 * 1024;
const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';
const MAX_SERVICES = 50;

/**
 * Reads a signing config of version 0.2 (sigstore's protobuf specs, sigstore_trustroot.proto, SigningConfig). Every URL must
 * be https, or http where the file says so; fields that are not known are left alone.
 * @throws ChartsealError sign.signing_config that names the field
 */
export function readSigningConfig(bytes: Uint8Array): SigningConfig {
  const config = parse(bytes);
  if (config.mediaType !== MEDIA_TYPE) {
    const found = config.mediaType === undefined ? 'missing' : `"${clean(config.mediaType, 100)}"`;
    throw invalid(`mediaType is ${found}, not "${MEDIA_TYPE}"`);
  }
  const logs = readServices(config.rekorTlogUrls, 'rekorTlogUrls', 'base');
  const timestampAuthorities = readServices(config.tsaUrls, 'tsaUrls', 'whole');
  return {
    certificateAuthorities: readServices(config.caUrls, 'caUrls', 'base'),
    logs,
    logSelector: readSelector(config.rekorTlogConfig, 'rekorTlogConfig', logs.length),
    timestampAuthorities,
    timestampSelector: readSelector(config.tsaConfig, 'tsaConfig', timestampAuthorities.length),
  };
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > MAX_SIGNING_CONFIG) throw invalid(`it is larger than ${MAX_SIGNING_CONFIG} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('it is no JSON');
  }
  return object(value, 'it');
}

/** Paths are put behind a base URL; a whole one is asked as it is. */
type UrlKind = 'base' | 'whole';

function readServices(value: unknown, where: string, kind: UrlKind): SigningService[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${where} is no list`);
  if (value.length > MAX_SERVICES) throw invalid(`${where} has more than ${MAX_SERVICES} services`);
  return value.map((one, index) => readService(one, `${where}[${index}]`, kind));
}

function readService(value: unknown, where: string, kind: UrlKind): SigningService {
  const { url, majorApiVersion, validFor, operator } = object(value, where);
  if (!Number.isInteger(majorApiVersion)) throw invalid(`${where}.majorApiVersion is no whole number`);
  const range = validFor === undefined || validFor === null ? {} : object(validFor, `${where}.validFor`);
  return {
    url: readUrl(url, `${where}.url`, kind),
    majorApiVersion: majorApiVersion as number,
    validFrom: readTime(range.start, `${where}.validFor.start`),
    validUntil: readTime(range.end, `${where}.validFor.end`),
    operator: typeof operator === 'string' ? operator : '',
  };
}

function readUrl(value: unknown, where: string, kind: UrlKind): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined) throw invalid(`${where} is no URL`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid(`${where} begins with "${clean(url.protocol, 40)}", not with https:`);
  }
  if (url.username !== '' || url.password !== '') throw invalid(`${where} holds credentials`);
  if (url.hash !== '') throw invalid(`${where} has a fragment ("#")`);
  if (kind === 'whole') return url.href;
  if (url.search !== '') throw invalid(`${where} has a query ("?")`);
  return url.href.replace(/\/+$/, '');
}

function readTime(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value)
      ? Date.parse(value)
      : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`${where} is no time like 2026-01-01T00:00:00Z`);
  return time;
}

function readSelector(value: unknown, where: string, services: number): ServiceSelector {
  // Without services there is nothing to select; cosign leaves the field out, or writes {}.
  if (services === 0) return { kind: 'any' };
  const { selector, count } = object(value, where);
  // Proto JSON takes names and numbers of an enum.
  if (selector === 'ALL' || selector === 1) return { kind: 'all' };
  if (selector === 'ANY' || selector === 2) return { kind: 'any' };
  if (selector !== 'EXACT' && selector !== 3) {
    throw invalid(`${where}.selector is "${clean(selector, 40)}"; allowed: ANY, ALL, EXACT`);
  }
  if (!Number.isInteger(count) || (count as number) < 1) {
    throw invalid(`${where}.count is not 1 or more, which EXACT needs`);
  }
  return { kind: 'exact', count: count as number };
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw invalid(`${where} ${value === undefined ? 'is missing' : 'is no object'}`);
}

function invalid(why: string): ChartsealError {
  return new ChartsealError('sign.signing_config', `the signing config cannot be used: ${why}`);
}
