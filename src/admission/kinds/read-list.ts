import { isObject } from '../../base/is-object.ts';
import { describePath, field, type Segments } from './fields.ts';
import { type ChartUse, unresolved } from './use.ts';

/** Longest list of which every item is read; how long one is, is up to whoever writes the object. */
const MAX_ITEMS = 100;

/**
 * The charts of every item of a list; absent and null are an empty list. Of a longer list nothing is read, and it is
 * unresolved as a whole.
 */
export function readList(
  owner: unknown,
  segments: Segments,
  name: string,
  read: (item: unknown, segments: Segments, index: number) => ChartUse[],
): ChartUse[] {
  if (!isObject(owner ?? {})) {
    return [unresolved(segments, 'invalid', `${describePath(segments)} is no object`, owner)];
  }
  const list = field(owner, name) ?? [];
  const at = [...segments, name];
  if (!Array.isArray(list)) return [unresolved(at, 'invalid', `${describePath(at)} is no list`, list)];
  if (list.length > MAX_ITEMS) {
    return [
      unresolved(
        at,
        'unsupported',
        `${describePath(at)} has ${list.length} items, more than ${MAX_ITEMS}`,
        list,
      ),
    ];
  }
  return list.flatMap((item, i) => read(item, [...at, i], i));
}
