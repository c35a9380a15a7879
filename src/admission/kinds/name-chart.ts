import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { isDigest, parseReference, type Reference } from '../../oci/index.ts';
import { askVersion } from './ask-version.ts';
import { describePath, type Segments } from './fields.ts';
import { type AskedVersion, type ChartUse, type Dialect, type Pin, place, unresolved } from './use.ts';

/** What an object says of one chart in an OCI registry. */
interface NamedChart {
  /** Where it says so. */
  segments: Segments;
  /** `oci://host/repository`, and what may follow. */
  reference: string;
  /** May a tag and a digest follow in the reference? Controllers that go on to write a tag behind it fail then. */
  takesTag?: boolean;
  dialect: Dialect;
  /** A version, a range or a tag; empty when none is written. */
  version: string;
  /** A digest in a field of its own; empty when none is written. */
  digest?: string;
  pin: Pin;
  mayBeOther?: boolean;
}

/** Reads a chart in an OCI registry; what no controller could make a chart of is unresolved. */
export function nameChart(named: NamedChart): ChartUse {
  const { segments, takesTag = false } = named;
  const content = [named.reference, named.version, named.digest ?? ''];
  const refuse = (why: string) =>
    unresolved(segments, 'invalid', `${clean(describePath(segments))}: ${why}`, content);
  let ref: Reference;
  try {
    ref = parseReference(named.reference);
  } catch (error) {
    return refuse(error instanceof ChartsealError ? error.message : 'the reference cannot be read');
  }
  if (!takesTag && (ref.tag !== undefined || ref.digest !== undefined)) {
    return refuse(`the repository "${clean(named.reference)}" is followed by a tag or digest`);
  }
  const asked = readVersion(named, ref);
  if (typeof asked === 'string') return refuse(asked);
  return {
    state: 'oci',
    ...place(segments),
    repository: `oci://${ref.host}/${ref.repository}`,
    asked,
    pin: named.pin,
    mayBeOther: named.mayBeOther ?? false,
  };
}

// The version, or why there is none. A digest is the chart, whatever the version says: that is only held against it.
function readVersion({ dialect, version, digest = '' }: NamedChart, ref: Reference): AskedVersion | string {
  if (digest !== '' && !isDigest(digest)) return `"${clean(digest)}" is no sha256 digest`;
  if (digest !== '' && ref.digest !== undefined && digest !== ref.digest) return 'two digests are named';
  const chosen = ref.digest ?? (isDigest(digest) ? digest : undefined);
  const spelled = version.replaceAll('+', '_');
  if (ref.tag !== undefined && version !== '' && spelled !== ref.tag) {
    return `the version "${clean(version)}" is not the tag "${ref.tag}" of the reference`;
  }
  if (chosen === undefined) {
    // A tag behind the repository is a version like any other, to Helm a range too (registry.Client.ValidateReference):
    // "1.x" is no tag to it, whatever tag of that name there is.
    const written = dialect === 'helm' ? ref.tag?.replaceAll('_', '+') : ref.tag;
    const found = askVersion(dialect, written ?? version);
    return found.ok ? found.asked : found.why;
  }
  const beside = version === '' ? undefined : askVersion(dialect, version);
  const tag = ref.tag ?? (beside?.ok && beside.asked.kind === 'exact' ? beside.asked.tag : undefined);
  return { kind: 'digest', text: version, digest: chosen, ...(tag === undefined ? {} : { tag }) };
}

/**
 * Repository and chart name put together as Go's `path.Join` does it, which most controllers use: empty parts vanish.
 * `..`, which it would follow, is left in and refused when the reference is read.
 */
export function joinReference(repository: string, chart: string): string {
  const scheme = 'oci://';
  const parts = `${repository.slice(scheme.length)}/${chart}`.split('/');
  return scheme + parts.filter((part, index) => index === 0 || (part !== '' && part !== '.')).join('/');
}

/**
 * The reference as go-containerregistry reads it: a first part without `.` and `:` is no host but belongs to a
 * repository of Docker Hub, and so does what has no `/` (pkg/name/repository.go). Read as a host it would name the
 * wrong chart: `oci://registry/charts/app` is docker.io/registry/charts/app to Flux.
 */
export function likeGoContainerRegistry(reference: string): string {
  const rest = reference.startsWith('oci://') ? reference.slice('oci://'.length) : reference;
  const [first = '', ...path] = rest.split('/');
  if (path.length > 0 && /[.:]/.test(first)) {
    const isHub = first === 'docker.io' || first === 'index.docker.io';
    return `oci://${first}/${isHub && path.length === 1 ? 'library/' : ''}${path.join('/')}`;
  }
  return `oci://docker.io/${path.length === 0 ? 'library/' : ''}${rest}`;
}
