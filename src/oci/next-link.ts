import { ChartsealError } from '../base/error.ts';
import { readUrl } from './read-url.ts';

/**
 * Where the next page of a list is: the path and query of the Link with rel="next" (RFC 8288), to be asked at the
 * registry's own origin. Nexus puts its inner path before that of the list (`/repository/<its name>/v2/…`), where it
 * answers 400 on the port of a Docker connector (sonatype/nexus-public#1011): of such a link only the query is taken.
 * @param from the URL of this page, as relative links start there
 * @returns undefined on the last page
 * @throws ChartsealError `registry.protocol` for a link to another host, or to something else than a registry's API
 */
export function nextLink(header: string | null, from: URL, what: string): string | undefined {
  for (const [, target = '', params = ''] of (header ?? '').slice(0, 8192).matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(params)) continue;
    const url = readUrl(target, from);
    // A registry behind a proxy may write http where it is spoken to by https: only the host must be its own.
    const isOwn = url?.host === from.host;
    if (url !== undefined && isOwn && url.pathname.endsWith(from.pathname)) {
      return `${from.pathname}${url.search}`;
    }
    if (url === undefined || !isOwn || !url.pathname.startsWith('/v2/')) {
      throw new ChartsealError(
        'registry.protocol',
        `${what}: the list goes on at another place than the registry`,
      );
    }
    return `${url.pathname}${url.search}`;
  }
  return undefined;
}
