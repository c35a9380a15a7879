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
  const objects: KubeObject[] = [];
  const take = (value: unknown, inList: boolean): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) throw refuse('one of the documents is no object');
    const object = value as KubeObject;
    if (!inList && String(object.kind).endsWith('List') && Array.isArray(object.items)) {
      for (const item of object.items) take(item, true);
      return;
    }
    if (objects.length >= MAX_OBJECTS) throw refuse(`it has more than ${MAX_OBJECTS} objects`);
    objects.push(object);
  };
  // A pipe whose first command failed must not pass for a cluster in which nothing is denied.
  if (source.trim() === '') throw refuse('it is empty');
  for (const document of documents) take(document, false);
  return objects;
}
