import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { describePath, field, type Segments } from './fields.ts';
import { type UnresolvedUse, unresolved } from './use.ts';

/** Longest text of a field that names a chart; a reference has at most as many characters. */
const MAX_TEXT = 1024;

export type Texts<Name extends string> =
  | { ok: true; texts: Record<Name, string> }
  | { ok: false; use: UnresolvedUse };

/**
 * Reads fields that should hold text. A field that is absent or null is empty text, as Go reads it.
 * @param source the object they stand in; absent or null is an object without fields
 * @param templates are the fields filled in by a template before their controller reads them? Then text with `{{` is
 *   unresolved.
 */
export function readTexts<Name extends string>(
  source: unknown,
  segments: Segments,
  names: readonly Name[],
  templates = true,
): Texts<Name> {
  if (source !== undefined && source !== null && !isObject(source)) {
    return wrong(segments, 'invalid', 'is no object');
  }
  const texts = {} as Record<Name, string>;
  for (const name of names) {
    const value = field(source, name) ?? '';
    const at = [...segments, name];
    if (typeof value !== 'string') return wrong(at, 'invalid', 'is no text');
    if (value.length > MAX_TEXT) return wrong(at, 'invalid', `is longer than ${MAX_TEXT} characters`);
    if (templates && value.includes('{{')) {
      return wrong(at, 'templated', `is a template ("${clean(value)}"), filled in after admission`, value);
    }
    texts[name] = value;
  }
  return { ok: true, texts };
}

function wrong(
  at: Segments,
  reason: UnresolvedUse['reason'],
  what: string,
  content?: string,
): { ok: false; use: UnresolvedUse } {
  return { ok: false, use: unresolved(at, reason, `${clean(describePath(at))} ${what}`, content) };
}
