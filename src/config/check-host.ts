import { normaliseHost } from '../oci/index.ts';
import { quote } from './problem.ts';

/** A host as it was found good, or in words what is wrong with it. */
type CheckedHost = { host: string; wildcard: boolean } | { problem: string };

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A host as `registries` names it: `host`, `host:port`, `*.example.com`, `*`; normalised like the hosts of references.
 */
export function checkHost(text: string): CheckedHost {
  if (text.includes('@')) {
    return { problem: 'found "@" in it; write the host alone, and whoever asks under "credentials"' };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme !== null) {
    const rest = text.slice(scheme[0].length).replace(/\/.*$/s, '');
    const plain = scheme[1]?.toLowerCase() === 'http' ? ', and "plainHttp: true" beside it' : '';
    return { problem: `found ${quote(text)}; write the host without a scheme: ${quote(rest)}${plain}` };
  }
  if (text.includes('/')) {
    const host = text.slice(0, text.indexOf('/'));
    return {
      problem: `found ${quote(text)}; write the host alone: ${quote(host)} (repositories are chosen by "match" of a policy)`,
    };
  }
  if (text.includes('*')) return checkWildcard(text);
  try {
    return { host: normaliseHost(text), wildcard: false };
  } catch {
    return { problem: `found ${quote(text)}; allowed: host, host:port, "*.example.com", "*"` };
  }
}

/** A host of `redirectHosts` and `tokenHosts`: as above, or `http://host:port` for one that is spoken to without TLS. */
export function checkServiceHost(text: string): CheckedHost {
  const plain = /^http:\/\/(.*?)\/?$/is.exec(text);
  if (plain === null) return checkHost(text.replace(/^https:\/\/(.*?)\/?$/is, '$1'));
  const checked = checkHost(plain[1] ?? '');
  if ('problem' in checked) return checked;
  if (checked.wildcard) {
    return { problem: `found ${quote(text)}; plain HTTP needs the host written out, without "*"` };
  }
  return { host: `http://${checked.host}`, wildcard: false };
}

function checkWildcard(text: string): CheckedHost {
  const host = text.toLowerCase().replace(/\.$/, '');
  if (host === '*') return { host, wildcard: true };
  const labels = host.slice(2).split('.');
  if (host.startsWith('*.') && labels.length >= 2 && labels.every((label) => LABEL.test(label))) {
    return { host, wildcard: true };
  }
  return {
    problem: `found ${quote(text)}; "*" stands alone or for the first labels of a name: "*", "*.example.com"`,
  };
}
