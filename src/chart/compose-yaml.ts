import type { DocumentEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import { EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { countSeparators, isQuoted, quotedText, SEPARATORS_OUTSIDE } from './quoted-text.ts';
import { YamlError } from './yaml-error.ts';

/** A part of a YAML document as it is written; lines count from 1. */
export type YamlNode =
  | { kind: 'scalar'; line: number; text: string; tag: string; plain: boolean }
  | { kind: 'sequence'; line: number; children: YamlNode[] }
  | { kind: 'mapping'; line: number; children: YamlNode[] }
  | { kind: 'alias'; line: number; name: string; target: YamlNode };

/**
 * The tree of the first document, with tags written out and aliases bound to what they name.
 * @returns undefined for an empty document
 * @throws YamlError
 */
export function composeYaml(source: string, events: Event[]): YamlNode | undefined {
  const lineAt = lineCounter(source);
  const anchors = new Map<string, YamlNode>();
  const open: { children: YamlNode[] }[] = [];
  let directives: DocumentEvent['directives'] = [];
  const root: YamlNode[] = [];
  let separators = countSeparators(source);
  const add = (node: YamlNode, event: ScalarEvent | SequenceEvent | MappingEvent | undefined): void => {
    if (event !== undefined && event.anchorStart >= 0) {
      anchors.set(source.slice(event.anchorStart, event.anchorEnd), node);
    }
    (open.at(-1)?.children ?? root).push(node);
  };
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        directives = event.directives;
        open.push({ children: root });
        break;
      case EVENT_ID.SCALAR: {
        const rawTag = event.tagStart >= 0 ? source.slice(event.tagStart, event.tagEnd) : '';
        const tag = fullTag(rawTag, directives);
        const plain = event.style === SCALAR_STYLE.PLAIN;
        const line = lineAt(Math.max(event.valueStart, event.tagStart, event.anchorStart, 0));
        const quoted = isQuoted(event) ? source.slice(event.valueStart, event.valueEnd) : undefined;
        if (quoted !== undefined) separators -= countSeparators(quoted);
        const text = quoted === undefined ? getScalarValue(source, event) : quotedText(source, event, line);
        add({ kind: 'scalar', line, text, tag, plain }, event);
        break;
      }
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const kind = event.type === EVENT_ID.SEQUENCE ? ('sequence' as const) : ('mapping' as const);
        const node = { kind, line: lineAt(event.start), children: [] };
        add(node, event);
        open.push(node);
        break;
      }
      case EVENT_ID.ALIAS: {
        const name = source.slice(event.anchorStart, event.anchorEnd);
        const target = anchors.get(name);
        const line = lineAt(event.anchorStart);
        if (target === undefined)
          throw new YamlError('syntax', `yaml: unknown anchor '${name}' referenced`, line);
        add({ kind: 'alias', line, name, target }, undefined);
        break;
      }
      case EVENT_ID.POP:
        open.pop();
    }
    if (event.type === EVENT_ID.POP && open.length === 0) break;
  }
  if (separators > 0) throw new YamlError('syntax', SEPARATORS_OUTSIDE);
  return root[0];
}

function fullTag(raw: string, directives: DocumentEvent['directives']): string {
  if (raw === '') return '';
  if (raw.startsWith('!<')) return unescapeTag(raw.slice(2, -1));
  const end = raw.indexOf('!', 1);
  const handle = end === -1 ? '!' : raw.slice(0, end + 1);
  const declared = directives.find((directive) => directive.kind === 'tag' && directive.handle === handle);
  const prefix = declared?.kind === 'tag' ? declared.prefix : handle === '!!' ? 'tag:yaml.org,2002:' : handle;
  return unescapeTag(prefix + raw.slice(handle.length));
}

function unescapeTag(tag: string): string {
  try {
    return decodeURIComponent(tag);
  } catch {
    return tag;
  }
}

/** Lines counted from 1, for offsets that grow. */
function lineCounter(source: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    if (offset < at) {
      line = 1;
      at = 0;
    }
    for (; at < offset; at++) if (source.charCodeAt(at) === 10) line++;
    return line;
  };
}
