import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Digest } from './digest.ts';
import { parseDigest } from './digest.ts';
import { normaliseHost } from './host.ts';

/** A chart in a registry. `host` is normalised; `tag` is as the registry spells it (`_` where Helm says `+`). */
export interface Reference {
  host: string;
  repository: string;
  tag?: string;
  digest?: Digest;
}

// OCI distribution spec 1.1, "Pulling manifests": <name> and <reference> as a tag.
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_REPOSITORY = 255;
const MAX_REFERENCE = 1024;

/** Is the text a tag by the distribution spec? */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Helm takes what ends with ".prov" for a request for the provenance of the tag before it, and unpacks that as the chart
 * (pkg/getter/ocigetter.go, Helm 3 and 4): whatever is found under the whole tag, Helm installs something else.
 * @throws ChartsealError `reference.invalid`
 */
export function refuseProvenanceTag(tag: string): void {
  if (!tag.endsWith('.prov')) return;
  throw new ChartsealError(
    'reference.invalid',
    `the tag "${clean(tag)}" ends with ".prov", which Helm takes for the provenance of another tag`,
    { help: 'Push the chart under a version that does not end so.' },
  );
}

/** Is the text a repository name by the distribution spec? */
export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY && text.split('/').every((part) => COMPONENT.test(part));
}

/**
 * Reads `[oci://]HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]`. `+` in the tag becomes `_`, as Helm pushes it.
 * @throws ChartsealError `reference.invalid` that says what is wrong, where, and how to write it
 */
export function parseReference(text: string): Reference {
  if (text.length > MAX_REFERENCE) throw invalid(`is longer than ${MAX_REFERENCE} characters`, text);
  const rest = withoutScheme(text);
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  refuseUserinfo(authority, slash < 0);
  refusePassword(authority, rest);
  if (slash < 0) throw invalid('names no repository', text, 'Write oci://HOST/REPOSITORY:TAG.');
  const host = normaliseHost(authority);
  const { name, tag, digest } = splitPath(rest.slice(slash + 1), text);
  checkRepository(name, text);
  return {
    host,
    repository: name,
    ...(tag === undefined ? {} : { tag: readTag(tag, text) }),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) }),
  };
}

/**
 * The tag as it stands in a text that `parseReference` reads, with its `+`: Helm takes "+" in a version but not in a tag,
 * where it stands for "_", so what Helm would say depends on which was used.
 */
export function tagAsWritten(text: string): string | undefined {
  const [untilDigest = ''] = text.split('@');
  return /:([^:/]+)$/.exec(untilDigest)?.[1];
}

/** `oci://host/repository[:tag][@digest]`, the tag as in the registry. */
export function formatReference(ref: Reference): string {
  const tag = ref.tag === undefined ? '' : `:${ref.tag}`;
  const digest = ref.digest === undefined ? '' : `@${ref.digest}`;
  return `oci://${ref.host}/${ref.repository}${tag}${digest}`;
}

function withoutScheme(text: string): string {
  if (text.trim() === '') throw invalid('is empty', text);
  if (/\s/.test(text)) throw invalid('contains a space or line break', text, 'Remove it.');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text);
  if (scheme === null) return text;
  if (scheme[1]?.toLowerCase() === 'oci') return text.slice(scheme[0].length);
  throw new ChartsealError('reference.invalid', `reference begins with "${clean(scheme[0])}"`, {
    help: 'Write oci:// instead; whether a registry is spoken to without TLS is set by plainHttp, not by the reference.',
  });
}

// Never shows what stands before the "@": it is a password, or looks like one.
function refuseUserinfo(authority: string, noSlash: boolean): void {
  const at = authority.indexOf('@');
  if (at < 0 || (noSlash && authority.startsWith('sha256:', at + 1))) return;
  throw new ChartsealError('reference.invalid', 'reference contains credentials before the host', {
    help: 'Remove everything up to "@"; configure credentials for the registry instead.',
  });
}

// A password may hold a slash: then the "@" stands further on, and what looks like a port is half of the password.
function refusePassword(authority: string, rest: string): void {
  if (/^[^[:]*:[0-9]*$|^\[|^[^:]*$/.test(authority)) return;
  refuseUserinfo(rest, false);
}

function splitPath(path: string, text: string): { name: string; tag?: string; digest?: string } {
  if (/[?#]/.test(path)) throw invalid('contains "?" or "#", which no reference has', text);
  const at = path.indexOf('@');
  const digest = at < 0 ? undefined : path.slice(at + 1);
  const before = at < 0 ? path : path.slice(0, at);
  const colon = before.indexOf(':');
  const tag = colon < 0 ? undefined : before.slice(colon + 1);
  const name = colon < 0 ? before : before.slice(0, colon);
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function checkRepository(name: string, text: string): void {
  if (name === '') throw invalid('names no repository', text, 'Write oci://HOST/REPOSITORY:TAG.');
  if (name.length > MAX_REPOSITORY) {
    throw invalid(`has a repository longer than ${MAX_REPOSITORY} characters`, text);
  }
  for (const part of name.split('/')) {
    if (COMPONENT.test(part)) continue;
    if (part === '') throw invalid('has an empty part in the repository ("//" or a "/" at its end)', text);
    if (COMPONENT.test(part.toLowerCase())) {
      throw invalid(
        `has upper-case letters in the repository part "${clean(part)}"`,
        text,
        `Repositories are lower case: ${part.toLowerCase()}.`,
      );
    }
    throw invalid(
      `has a repository part "${clean(part)}" that no registry can have`,
      text,
      'Use a-z and 0-9, with single ".", "_", "__" or "-" between them.',
    );
  }
}

function readTag(tag: string, text: string): string {
  if (tag === '') throw invalid('has ":" but no tag after it', text, 'Write the tag, or leave out ":".');
  if (/^sha256:/.test(tag) || /^sha512:/.test(tag)) {
    throw invalid(
      'has a digest where the tag belongs',
      text,
      'Write "@" before a digest: repository@sha256:….',
    );
  }
  const spelled = tag.replaceAll('+', '_');
  refuseProvenanceTag(spelled);
  if (TAG.test(spelled)) return spelled;
  if (spelled.length > 128) throw invalid('has a tag longer than 128 characters', text);
  throw invalid(
    `has a tag "${clean(tag)}" that no registry can have`,
    text,
    'A tag has letters, digits, ".", "_", "-" (and "+" for "_"); a range like "^1.2" goes into the version.',
  );
}

function invalid(why: string, text: string, help?: string): ChartsealError {
  return new ChartsealError(
    'reference.invalid',
    `reference "${clean(text)}" ${why}`,
    help === undefined ? {} : { help },
  );
}
