import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { readUrl } from './read-url.ts';

const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

// As Docker's reference grammar: labels of letters, digits and inner hyphens; IPv6 in brackets; a decimal port.
const HOST =
  /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::[0-9]{1,5})?$/;

/**
 * The one spelling of a registry host that everything compares: lower case, no trailing dot, no port 443, IP
 * addresses in their usual form, `docker.io` for Docker Hub's three names.
 * @param host host with optional port; IPv6 in brackets
 * @throws ChartsealError `reference.invalid`
 */
export function normaliseHost(host: string): string {
  const lower = host.toLowerCase().replace(/\.(?=(?::[0-9]*)?$)/, '');
  if (lower.length > 261 || !HOST.test(lower)) throw invalid(host, whyNot(host));
  // The URL parser knows every spelling of an address (0x7f.1, 2130706433, [0:0::1]) and drops the default port.
  const parsed = readUrl(`https://${lower}/`);
  if (parsed === undefined || parsed.port === '0') throw invalid(host, 'is no valid host or port');
  return DOCKER_HUB.has(parsed.host) ? 'docker.io' : parsed.host;
}

/** Where a normalised host is really asked: Docker Hub's registry has another name than its references. */
export function requestHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

function whyNot(host: string): string {
  if (host === '') return 'is missing';
  if (host.includes('://')) return 'has a scheme before it; write the host alone';
  if (host.includes('/')) return 'has a path behind it; write the host alone';
  if (/\s/.test(host)) return 'contains a space';
  if (host.includes('_')) return 'contains an underscore, which host names cannot have';
  if (/[^\x20-\x7e]/.test(host)) return 'has characters outside ASCII; write its punycode form (xn--…)';
  if (host.includes('::') && !host.startsWith('[')) return 'is an IPv6 address without brackets';
  if (/:$|:[^\]]*[^0-9\]][^\]]*$/.test(host)) return 'has a port that is no number';
  return 'is no valid host name';
}

function invalid(host: string, why: string): ChartsealError {
  return new ChartsealError('reference.invalid', `registry host "${clean(host)}" ${why}`, {
    help: 'Write the host as in oci://HOST[:PORT]/REPOSITORY, for example registry.example.com:5000.',
  });
}
