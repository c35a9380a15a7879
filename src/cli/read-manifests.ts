import { CORE_SCHEMA, constructFromEvents, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import type { KubeObject } from '../admission/index.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

/** Largest input, in bytes: `kubectl get … -A -o yaml` of a large cluster. */
export const MAX_MANIFESTS_BYTES = 256 * 1024 * 1024;
/** Objects in one input. */
const MAX_OBJECTS = 100_000;
// JSON of an API server is nested at most so deep (k8s:apimachinery/pkg/util/json, maxDepth), and so is YAML here.
const MAX_DEPTH = 1000;
const MAX_ALIASES = 10_000;
/** Characters and values once aliases are written out: twice of what the largest input has without any. */
const MAX_WRITTEN_OUT = 2 * MAX_MANIFESTS_BYTES;

const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/**
 * The objects in a stream of YAML documents or in JSON; those in a List (`kubectl get -o yaml`) one by one.
 * @param from what the input is called in messages
 * @throws ChartsealError `file.unreadable` with the line of what cannot be read
 */
export function readManifests(bytes: Uint8Array, from: string): KubeObject[] {
  const refuse = (why: string, cause?: unknown) =>
    new ChartsealError('file.unreadable', `${from}: ${why}`, {
      help: 'Give objects of Kubernetes as YAML or JSON: helm template …, kubectl get … -o yaml.',
      cause,
    });
  if (bytes.byteLength > MAX_MANIFESTS_BYTES) throw refuse(`it has more than ${MAX_MANIFESTS_BYTES} bytes`);
  const source = new TextDecoder().decode(bytes);
  let documents: unknown[];
  try {
    const events = parseEvents(source, { maxDepth: MAX_DEPTH });
    documents = constructFromEvents(events, { source, schema: SCHEMA, maxAliases: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark === undefined ? '' : `line ${error.mark.line + 1}: `;
    throw refuse(`${line}not readable as YAML: ${clean(error.reason)}`, error);
  }
  const known = new Map<object, number>();
  if (!documents.every((document) => writtenOut(document, known) <= MAX_WRITTEN_OUT)) {
    throw refuse('once its aliases are written out it is too large, or has no end');
  }
  const objects: KubeObject[] = [];
  const take = (value: unknown, inList: boolean): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) throw refuse('one of the documents is no object');
    const object = value as KubeObject;
    if (!inList && String(object.kind).endsWith('List') && Array.isArray(object.items)) {
      for (const item of object.items) take(item, true);
      return;
    }
    // A file of values, say, or the items of a raw list: nothing would be judged, and that would pass for "admitted".
    if (typeof object.kind !== 'string' || typeof object.apiVersion !== 'string') {
      throw refuse('one of the documents is no object of Kubernetes: it has no apiVersion or no kind');
    }
    if (objects.length >= MAX_OBJECTS) throw refuse(`it has more than ${MAX_OBJECTS} objects`);
    objects.push(object);
  };
  // A pipe whose first command failed must not pass for a cluster in which nothing is denied.
  if (source.trim() === '') throw refuse('it is empty');
  for (const document of documents) take(document, false);
  return objects;
}

// What is compared is written as JSON, which knows no aliases. Each value is measured once, however many lead to it.
function writtenOut(value: unknown, known: Map<object, number>, depth = 0): number {
  if (typeof value === 'string') return value.length + 1;
  if (typeof value !== 'object' || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  if (depth > MAX_DEPTH) return Number.POSITIVE_INFINITY;
  // Whoever comes back to it while it is measured has no end.
  known.set(value, Number.POSITIVE_INFINITY);
  let size = 1;
  for (const [key, inner] of Object.entries(value)) size += key.length + writtenOut(inner, known, depth + 1);
  known.set(value, size);
  return size;
}
