import { normaliseHost } from '../oci/index.ts';
import { quote } from './problem.ts';

/**
 * A glob of `match`, with its host normalised like the hosts of references; or in words why it can never match
 * anything, which would leave the policy without effect unnoticed.
 */
export function checkMatch(text: string): { glob: string } | { problem: string } {
  const refuse = (why: string): { problem: string } => ({ problem: `found ${quote(text)}; ${why}` });
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme !== null) return refuse(`write it without ${quote(scheme[0])}`);
  const other = /[^A-Za-z0-9._/:*[\]-]/.exec(text);
  if (other?.[0] === '@') return refuse('it is compared with repositories: write it without the digest');
  if (other !== null) return refuse(`${quote(other[0])} is in no reference; only "*" and "**" are special`);

  const slash = text.indexOf('/');
  const host = slash === -1 ? text : text.slice(0, slash);
  const repository = slash === -1 ? '' : text.slice(slash);
  if (slash === -1 && !text.includes('**')) {
    return refuse(`it is compared with host/repository: write ${quote(`${text === '*' ? '*' : text}/**`)}`);
  }
  if (repository.endsWith('/')) return refuse(`it names no repository: write ${quote(`${text}**`)}`);
  if (repository.includes(':')) return refuse('it is compared with repositories: write it without the tag');
  if (/[[\]]/.test(repository)) return refuse('only "*" and "**" are special');
  if (/[A-Z]/.test(repository)) return refuse('names of repositories are in lower case');
  if (host.includes('*')) return { glob: host.toLowerCase() + repository };
  try {
    return { glob: normaliseHost(host) + repository };
  } catch {
    return refuse(`${quote(host)} is no host`);
  }
}
