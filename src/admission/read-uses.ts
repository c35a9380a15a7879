import { isObject } from '../base/is-object.ts';
import { clean } from '../base/text.ts';
import { field } from './kinds/fields.ts';
import { type ChartUse, findKind, type Kind } from './kinds/index.ts';
import { unresolved } from './kinds/use.ts';
import { keyOfUse } from './use-key.ts';

/** An object that names charts, or may. */
export interface ReadObject {
  kind: Kind;
  /** Each chart once, however often it is named. */
  uses: ChartUse[];
}

/** More charts than any object has; what has more is unresolved as a whole. */
const MAX_USES = 200;
/**
 * Most characters of the keys of all charts of an object. It has no more itself, but what stands in it once may be named
 * very often: a template that many generators share.
 */
const MAX_KEYS = 16 * 1024 * 1024;

/**
 * The charts that an object of Kubernetes names, as far as it alone tells: nothing is fetched. Never throws; what
 * cannot be read is unresolved and says where.
 * @param object as it comes out of JSON
 * @param namespace of an object that does not say it itself
 * @returns undefined for an object of a kind that names no charts
 */
export function readUses(object: unknown, namespace?: string): ReadObject | undefined {
  const apiVersion = field(object, 'apiVersion');
  const kind = kindOf(object);
  if (kind === undefined) return undefined;
  const [group = '', version = ''] = String(apiVersion).split('/');
  if (!kind.versions.includes(version)) {
    const why = `version ${clean(version)} of ${group} is not known`;
    return { kind, uses: [withContent(unresolved(['apiVersion'], 'unknown', why), object)] };
  }
  const spec = field(object, 'spec') ?? {};
  if (!isObject(spec)) return { kind, uses: [unresolved(['spec'], 'invalid', 'spec is no object', spec)] };
  const uses = readSafely(kind, object, namespace).map((use) => withContent(use, object));
  return { kind, uses: eachOnce(uses, object) };
}

// Why a use is unresolved is for people, and cut: two of which the same is said need not be the same chart.
function withContent(use: ChartUse, object: unknown): ChartUse {
  if (use.state !== 'unresolved' || use.content !== undefined) return use;
  const [, part = ''] = use.path.split('/');
  const content =
    part === 'status'
      ? field(object, 'status', 'operationState')
      : part === 'spec' || part === 'operation'
        ? field(object, part)
        : [field(object, 'spec'), field(object, 'operation'), field(object, 'status', 'operationState')];
  return { ...use, content };
}

/** Of which kind an object is, in whatever version; undefined for kinds that name no charts. */
export function kindOf(object: unknown): Kind | undefined {
  const apiVersion = field(object, 'apiVersion');
  const name = field(object, 'kind');
  if (!isObject(object) || typeof apiVersion !== 'string' || typeof name !== 'string') return undefined;
  return findKind(apiVersion.split('/')[0] ?? '', name);
}

/** The namespace of an object, or the one given for objects without. */
export function namespaceOf(object: unknown, otherwise?: string): string | undefined {
  const namespace = field(object, 'metadata', 'namespace');
  return typeof namespace === 'string' && namespace !== '' ? namespace : otherwise;
}

function readSafely(kind: Kind, object: unknown, namespace: string | undefined): ChartUse[] {
  try {
    return kind.read(object, namespaceOf(object, namespace));
  } catch {
    return [unresolved([], 'unknown', `no ${kind.kind} has this shape`)];
  }
}

function eachOnce(uses: ChartUse[], object: unknown): ChartUse[] {
  const whole = (why: string) => [withContent(unresolved([], 'unsupported', why), object)];
  const known = new Map<unknown, ChartUse>();
  let left = MAX_KEYS;
  for (const use of uses) {
    const key = keyOfUse(use);
    left -= typeof key === 'string' ? key.length : 0;
    if (left < 0) return whole('what it names its charts by is too long to be compared');
    if (!known.has(key)) known.set(key, use);
  }
  if (known.size <= MAX_USES) return [...known.values()];
  return whole(`it names ${known.size} charts, more than ${MAX_USES}`);
}
