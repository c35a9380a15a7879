import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Digest } from './digest.ts';
import type { Question } from './exchange.ts';
import { readUrl } from './read-url.ts';
import { bareHost } from './registries.ts';

/**
 * Where an upload is finished: path and query of the Location the registry gave, with the digest added. The Location
 * may be relative or absolute, at any path (Google's begins with /artifacts-uploads/), with a query that must stay as it
 * is (distribution keeps the state of the upload there); it must stay on the registry's own host, as credentials and
 * content follow it.
 * @throws ChartsealError `registry.protocol` without a usable Location, `registry.redirect_refused` for another host
 */
export function uploadPath(location: string | null, question: Question, digest: Digest): string {
  const { registry, what } = question;
  const url = location === null ? undefined : readUrl(location, new URL(question.path, registry.origin));
  if (url === undefined) {
    throw new ChartsealError('registry.protocol', `${what}: the upload was begun without a usable Location`);
  }
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  // A registry behind a proxy may write http where it is spoken to by https: only the host must be its own.
  const isOwn = isHttp && bareHost(url) === bareHost(new URL(registry.origin));
  if (!isOwn || url.username !== '' || url.password !== '') {
    const shown = clean(isHttp ? `${url.protocol}//${url.host}` : url.protocol);
    throw new ChartsealError(
      'registry.redirect_refused',
      `${what}: the registry wants the upload sent to ${shown}, and uploads stay on its own host`,
      { help: `Check the registry and the proxy before it: its uploads must lead to ${registry.host}.` },
    );
  }
  // Added as text: going through URLSearchParams would write the registry's own query anew.
  const query = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !part.startsWith('digest='));
  return `${url.pathname}?${[...query, `digest=${encodeURIComponent(digest)}`].join('&')}`;
}
