import { isObject } from '../base/is-object.ts';
import { field, type Segments } from './kinds/fields.ts';
import type { ChartUse } from './kinds/index.ts';
import { describeAsked, readAnnotation } from './pin-annotation.ts';
import { type ReadObject, readUses } from './read-uses.ts';

/**
 * What `readUses` gives, for those who pin: a digest that chartseal put beside a version which somebody has changed
 * since is not looked at. `kubectl apply` and server-side apply leave a field alone that is not in the file, so an
 * object would stay at its first digest for ever, whatever version its file goes on to name.
 * @param stored the object as it was; undefined for one that is new. Anybody can write what looks like a note of
 *   chartseal, so a digest is left out of sight only where it stands already, and nothing new comes in by it.
 */
export function readUsesToPin(
  object: unknown,
  namespace: string | undefined,
  stored: unknown,
): ReadObject | undefined {
  const read = readUses(object, namespace);
  if (read === undefined || read.kind.pins !== 'field') return read;
  return { kind: read.kind, uses: read.uses.map((use) => asWritten(use, object, namespace, stored)) };
}

function asWritten(use: ChartUse, object: unknown, namespace: string | undefined, stored: unknown): ChartUse {
  if (use.state !== 'oci' || use.asked.kind !== 'digest') return use;
  const { pin, path, asked } = use;
  const note = readAnnotation(object, path);
  if (pin.field === undefined || note?.digest !== asked.digest) return use;
  const before = readAnnotation(stored, path);
  if (before?.digest !== asked.digest || field(stored, ...pin.field) !== asked.digest) return use;
  const bare = readUses(without(object, pin.field), namespace)?.uses.find((one) => one.path === path);
  if (bare?.state !== 'oci' || bare.asked.kind === 'digest') return use;
  return describeAsked(bare) === note.asked ? use : bare;
}

// The object with one field less; only what lies on the way to it is copied.
function without(object: unknown, [key, ...rest]: Segments): unknown {
  if (!isObject(object) || key === undefined) return object;
  const { [key]: inner, ...others } = object;
  return rest.length === 0 ? others : { ...others, [key]: without(inner, rest) };
}
