import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { describePath, field, type Segments } from './fields.ts';
import { type UnresolvedUse, unresolved } from './use.ts';

/** Longest text of a field that names a chart; a reference has at most as many characters. */
const MAX_TEXT = 1024;

type Texts<Name extends string> =
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
  templates = false,
): Texts<Name> {
  if (source !== undefined && source !== null && !isObject(source)) {
    return wrong(segments, 'invalid', 'is no object', source);
  }
  const content = names.map((name) => field(source, name));
  const texts = {} as Record<Name, string>;
  for (const name of names) {
    const value = field(source, name) ?? '';
    const at = [...segments, name];
    if (typeof value !== 'string') return wrong(at, 'invalid', 'is no text', content);
    if (value.length > MAX_TEXT)
      return wrong(at, 'invalid', `is longer than ${MAX_TEXT} characters`, content);
    if (templates && value.includes('{{')) {
      return wrong(
        at,
        'templated',
        `is a template ("${shownUrl(value)}"), filled in after admission`,
        content,
      );
    }
    texts[name] = value;
  }
  return { ok: true, texts };
}

function wrong(
  at: Segments,
  reason: UnresolvedUse['reason'],
  what: string,
  content: unknown,
): { ok: false; use: UnresolvedUse } {
  return { ok: false, use: unresolved(at, reason, `${clean(describePath(at))} ${what}`, content) };
}
