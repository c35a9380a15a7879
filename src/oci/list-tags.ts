import { ChartsealError } from '../base/error.ts';
import { ask, findRegistry } from './ask.ts';
import { readBody } from './body.ts';
import type { Question } from './exchange.ts';
import { nextLink } from './next-link.ts';
import type { Reference } from './reference.ts';
import { isTag } from './reference.ts';
import type { Work } from './work.ts';

// ECR refuses more (go-containerregistry:pkg/v1/google/options.go).
const PAGE_SIZE = 1000;

/**
 * All tags of the repository, each once, in the registry's order. What no tag can look like is left out.
 * @throws ChartsealError `chart.not_found` (no such repository), `registry.too_large` (more pages or tags than
 *   allowed), `limit.requests`, `registry.protocol`
 */
export async function listTags(work: Work, ref: Reference): Promise<string[]> {
  const registry = findRegistry(work, ref);
  const what = `registry ${ref.host}, tags of ${ref.repository}`;
  const tags = new Set<string>();
  const seen = new Set<string>();
  let path: string | undefined = `/v2/${ref.repository}/tags/list?n=${PAGE_SIZE}`;
  for (let pages = 0; path !== undefined; pages++) {
    if (pages >= work.limits.tagPages) throw tooMany(what, `${work.limits.tagPages} pages`, 'tagPages');
    if (seen.has(path))
      throw new ChartsealError('registry.protocol', `${what}: the list leads back to an earlier page`);
    seen.add(path);
    const question: Question = {
      registry,
      repository: ref.repository,
      method: 'GET',
      path,
      accept: 'application/json',
      what,
      missing: 'chart.not_found',
    };
    const page = await ask(work, question, (response) => readPage(work, question, response));
    for (const tag of page.tags) tags.add(tag);
    if (tags.size > work.limits.tags) throw tooMany(what, `${work.limits.tags} tags`, 'tags');
    path = page.next;
  }
  return [...tags];
}

async function readPage(work: Work, question: Question, response: Response) {
  const { what, registry, path } = question;
  const bytes = await readBody(work, response, {
    max: work.limits.tagListBytes,
    limit: 'tagListBytes',
    what,
  });
  return {
    tags: readTags(bytes, what),
    next: nextLink(response.headers.get('link'), new URL(path, registry.origin), what),
  };
}

function readTags(bytes: Uint8Array, what: string): string[] {
  const tags = parseTags(bytes);
  // An empty repository has null where Go writes a nil slice.
  if (tags === null) return [];
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) {
    throw new ChartsealError('registry.protocol', `${what}: the answer is no list of tags`);
  }
  return (tags as string[]).filter(isTag);
}

function parseTags(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))?.tags;
  } catch {
    return undefined;
  }
}

function tooMany(what: string, how: string, limit: string): ChartsealError {
  return new ChartsealError('registry.too_large', `${what}: more than ${how}`, {
    help: `Ask for an exact version, which needs no list; or raise ${limit}.`,
  });
}
