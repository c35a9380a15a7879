import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { BlobRef } from './encode-manifest.ts';
import { goJson } from './go-json.ts';
import { type JsonSlice, skipSpace, sliceJson } from './json-slices.ts';
import { MEDIA_TYPES } from './media-types.ts';

/** A layer, its text in the manifest included. */
interface Layer extends JsonSlice {
  mediaType: string;
  digest: string;
  size: unknown;
}

/**
 * The manifest with exactly one provenance layer, or with none: the unsigned form. Only the list of layers changes, all
 * else stays byte for byte, fields that nobody knows included. So what `helm push` wrote for an archive alone becomes
 * what it would have written with the `.prov` beside it (layers sorted by digest), and the unsigned form of a signed
 * manifest is the one it was made from, however that was laid out.
 * @param bytes an image manifest
 * @param provenance the layer to be there; undefined takes all provenance layers out
 * @throws ChartsealError `manifest.invalid`; `manifest.subject` when there is a subject, with which Helm downloads more than
 * the chart, and a layer is to be added
 */
export function signedManifest(bytes: Uint8Array, provenance: BlobRef | undefined): Uint8Array<ArrayBuffer> {
  let text = decode(bytes);
  const before = readLayers(text, provenance !== undefined);
  const isThere = (layer: Layer): boolean =>
    layer.digest === provenance?.digest && layer.size === provenance?.size;
  const old = before.layers.filter(isProvenance);
  if (provenance !== undefined && old.length === 1 && old.every(isThere)) return Uint8Array.from(bytes);
  for (;;) {
    const { layers } = readLayers(text, false);
    const index = layers.findIndex(isProvenance);
    if (index === -1) break;
    text = remove(text, layers, index);
  }
  if (provenance !== undefined) text = insert(text, provenance);
  return new TextEncoder().encode(text);
}

function isProvenance(layer: Layer): boolean {
  return layer.mediaType === MEDIA_TYPES.provenance;
}

/** Takes out an element and one comma, so that nothing is left of what `insert` wrote. */
function remove(text: string, layers: Layer[], index: number): string {
  const { start, end } = layers[index]!;
  const after = layers[index + 1];
  const before = layers[index - 1];
  if (after !== undefined) return text.slice(0, start) + text.slice(after.start);
  return text.slice(0, before?.end ?? start) + text.slice(end);
}

function insert(text: string, { digest, size }: BlobRef): string {
  const layer = goJson({ mediaType: MEDIA_TYPES.provenance, digest, size });
  const { layers, start } = readLayers(text, false);
  // The order of other layers is not touched, so that the unsigned form keeps its digest.
  const after = layers.find((other) => other.digest > digest);
  if (after !== undefined) return `${text.slice(0, after.start)}${layer},${text.slice(after.start)}`;
  const last = layers.at(-1);
  const at = last?.end ?? start + 1;
  return `${text.slice(0, at)}${last === undefined ? '' : ','}${layer}${text.slice(at)}`;
}

function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch (error) {
    throw invalid(error instanceof SyntaxError ? clean(error.message) : 'it is not UTF-8');
  }
}

function readLayers(text: string, isToBeSigned: boolean): { start: number; layers: Layer[] } {
  const root = members(text, skipSpace(text, 0));
  if (root.has('subject') && isToBeSigned) {
    throw new ChartsealError(
      'manifest.subject',
      'The manifest has a subject, so no signature is put into it.',
    );
  }
  const list = root.get('layers');
  if (list === undefined || text[list.start] !== '[') throw invalid('it has no list of layers');
  const layers = sliceJson(text, list.start).map((slice): Layer => {
    const fields = members(text, slice.start);
    const value = (name: string): unknown => {
      const found = fields.get(name);
      return found === undefined ? undefined : JSON.parse(text.slice(found.start, found.end));
    };
    const [mediaType, digest] = [value('mediaType'), value('digest')];
    if (typeof mediaType !== 'string' || typeof digest !== 'string') {
      throw invalid('a layer has no media type or no digest');
    }
    return { ...slice, mediaType, digest, size: value('size') };
  });
  return { start: list.start, layers };
}

// What Go matches without regard to case, so that "Layers" would be layers to Helm and not to others.
const KNOWN = ['layers', 'subject', 'mediaType', 'digest', 'size'].map((name) => [fold(name), name] as const);

/** An object's members; keys that readers may read differently are refused. */
function members(text: string, at: number): Map<string, JsonSlice> {
  if (text[at] !== '{') throw invalid('an object is missing');
  const found = new Map<string, JsonSlice>();
  for (const slice of sliceJson(text, at)) {
    const known = KNOWN.find(([folded]) => folded === fold(slice.key))?.[1] ?? slice.key;
    if (found.has(known)) throw invalid(`the key "${clean(slice.key)}" stands twice`);
    if (known !== slice.key) throw invalid(`it has a key "${clean(slice.key)}"`);
    found.set(known, slice);
  }
  return found;
}

/** Both ways round, as Go takes U+017F for an s and U+212A for a k. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function invalid(what: string): ChartsealError {
  return new ChartsealError('manifest.invalid', `The manifest cannot be read: ${what}.`);
}
