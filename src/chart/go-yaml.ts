import { compareYamlKeys } from './compare-yaml-keys.ts';
import { formatFloat64 } from './format-go-float.ts';
import { throughJson } from './through-json.ts';
import { isComplexKey } from './yaml-text.ts';
import { YamlWriter } from './yaml-writer.ts';

/**
 * YAML as Marshal of sigs.k8s.io/yaml v1.6.0 writes it, to the byte: the value becomes JSON (encoding/json), which
 * go-yaml v2 reads as YAML and writes again. Objects and Maps are maps, whose keys are sorted; what is undefined is
 * left out; numbers and bigints are the float64 that Go has of untyped values.
 * @throws YamlError where Go fails: on control characters that JSON does not escape, and on keys of about 1000 characters
 */
export function goYaml(value: unknown): string {
  const writer = new YamlWriter();
  write(writer, value, -1, false);
  writer.indent(0);
  return writer.text;
}

/**
 * @param indent column of the collection around; -1 at the root
 * @param isMapValue whether that is a map
 */
function write(writer: YamlWriter, value: unknown, indent: number, isMapValue: boolean): void {
  if (typeof value === 'string') {
    writer.string(throughJson(value, false), deeper(indent, 2), false);
  } else if (typeof value === 'number' || typeof value === 'bigint') {
    writer.bare(numberText(Number(value)));
  } else if (typeof value !== 'object' || value === null) {
    writer.bare(String(value ?? null));
  } else if (Array.isArray(value)) {
    writeSequence(writer, value, indent, isMapValue);
  } else {
    writeMapping(writer, value, indent);
  }
}

function writeSequence(writer: YamlWriter, items: unknown[], indent: number, isMapValue: boolean): void {
  if (items.length === 0) {
    writer.bare('[]');
    return;
  }
  // Lists are not indented below their key; after a key on lines of its own ("? ") they are.
  const column = isMapValue && !writer.indentOnly ? indent : deeper(indent);
  for (const item of items) {
    writer.indent(column);
    writer.indicator('-', true, true);
    write(writer, item, column, false);
  }
}

function writeMapping(writer: YamlWriter, mapping: object, indent: number): void {
  const entries = (mapping instanceof Map ? [...mapping] : Object.entries(mapping))
    .filter(([, value]) => value !== undefined)
    .map(([key, value]): [string, unknown] => [throughJson(key, true), value])
    .sort(([a], [b]) => compareYamlKeys(a, b));
  if (entries.length === 0) {
    writer.bare('{}');
    return;
  }
  const column = deeper(indent);
  for (const [key, value] of entries) {
    writer.indent(column);
    if (isComplexKey(key)) {
      writer.indicator('?', true, true);
      writer.string(key, column + 2, false);
      writer.indent(column);
      writer.indicator(':', true, true);
    } else {
      writer.string(key, column + 2, true);
      writer.indicator(':', false, false);
    }
    write(writer, value, column, true);
  }
}

/** The column of what is within; the root's own, -1, leads to `root`. */
function deeper(indent: number, root = 0): number {
  return indent < 0 ? root : indent + 2;
}

/** encoding/json writes whole numbers below 1e21 without an exponent, and go-yaml takes them for integers if they fit. */
function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) {
    const digits = String(value);
    const size = BigInt(digits);
    if (size >= -(2n ** 63n) && size < 2n ** 64n) return digits;
  }
  return formatFloat64(value);
}
