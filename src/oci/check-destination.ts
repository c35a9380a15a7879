import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { isSpecialHost } from './address.ts';
import type { Registries, Registry } from './registries.ts';
import { bareHost, means } from './registries.ts';

const KINDS = {
  redirect: { code: 'registry.redirect_refused', list: 'redirectHosts', verb: 'redirects to' },
  token: { code: 'registry.token_refused', list: 'tokenHosts', verb: 'names the token service' },
} as const;

/**
 * May a registry lead there? Its own origin always; else the hosts listed for it, or where nothing is listed any
 * public https host (invariant 3 of the design).
 * @param url where a redirect or a token realm points to
 * @throws ChartsealError `registry.redirect_refused` or `registry.token_refused`; never shows path or query
 */
export function checkDestination(
  kind: 'redirect' | 'token',
  url: URL,
  registry: Registry,
  registries: Registries,
): void {
  const refuse = (why: string) => refusal(kind, url, registry, why);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('is neither https nor http');
  if (url.username !== '' || url.password !== '') throw refuse('contains credentials');
  const origin = `${url.protocol}//${bareHost(url)}`;
  if (origin === registry.origin) return;
  const listed = registry[KINDS[kind].list];
  const found = listed?.filter((one) => means(one, url)) ?? [];
  if (found.some((one) => !one.wildcard)) return;
  if (url.protocol === 'http:') throw refuse('is plain http');
  if (listed !== undefined && found.length === 0) throw refuse(`is not among its ${KINDS[kind].list}`);
  if (isSpecialHost(url.hostname) && !registries.isNamed(url)) {
    throw refuse('is a private or special address that the configuration does not name');
  }
}

function refusal(kind: 'redirect' | 'token', url: URL, registry: Registry, why: string): ChartsealError {
  const { code, list, verb } = KINDS[kind];
  const shown = clean(url.protocol.startsWith('http') ? `${url.protocol}//${url.host}` : url.protocol);
  return new ChartsealError(code, `registry ${registry.host} ${verb} ${shown}, which ${why}`, {
    help: `Check the registry; if the host is meant, write it under "${list}" of ${registry.host}.`,
  });
}
