import { formatFloat32 } from './format-float32.ts';
import { type ChartMetadata, type FieldType, METADATA_FIELDS } from './metadata.ts';
import type { YamlValue } from './read-yaml.ts';

/** YAML that is not the metadata of a chart. `message` is in the words of Go's encoding/json. */
export class MetadataError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MetadataError';
  }
}

type Mapping = { [key: string]: YamlValue };
type Fields = Record<string, FieldType>;

/**
 * Takes YAML for Helm's Metadata struct as sigs.k8s.io/yaml (which hands numbers and booleans to string fields as
 * strings) and then encoding/json do: keys match whatever their case, null leaves a field as it is, unknown keys
 * are ignored. Nothing is validated (`validateMetadata`) or sanitised.
 * @param value what `readYaml` gave
 * @param onto metadata read before, which is written over as json.Unmarshal into the same struct does (Helm reads
 * requirements.yaml like this after Chart.yaml); it is not changed itself
 * @throws MetadataError when a value has another type than its field
 */
export function readMetadata(value: YamlValue, onto?: ChartMetadata): ChartMetadata {
  const into: Record<string, unknown> = { name: '', version: '', ...structuredClone(onto) };
  refuseNotJson(value, { struct: 'Metadata', fields: METADATA_FIELDS });
  if (value === null) return into as unknown as ChartMetadata;
  if (!isMapping(value)) {
    throw new MetadataError(`json: cannot unmarshal ${kindOf(value)} into Go value of type chart.Metadata`);
  }
  const problems: string[] = [];
  fill(into, value, METADATA_FIELDS, 'Metadata', '', problems);
  if (problems[0] !== undefined) throw new MetadataError(problems[0]);
  return into as unknown as ChartMetadata;
}

// encoding/json goes on after a value of the wrong type and reports the first one.
function fill(
  into: Record<string, unknown>,
  value: Mapping,
  fields: Fields,
  struct: string,
  path: string,
  problems: string[],
): void {
  // The YAML was written as JSON in between, with sorted keys: of "Name" and "name" the latter comes last and wins.
  for (const key of Object.keys(value).sort(byBytes)) {
    const name = fieldNamed(fields, key);
    if (name === undefined) continue;
    const type = fields[name]!;
    const found = value[key]!;
    const at = path === '' ? name : `${path}.${name}`;
    const wrong = (goType: string, of: YamlValue = found): void => {
      problems.push(
        `json: cannot unmarshal ${kindOf(of)} into Go struct field ${struct}.${at} of type ${goType}`,
      );
    };
    if (found === null) {
      // For pointers, slices and maps null empties; for strings and booleans it does nothing.
      if (type !== 'string' && type !== 'bool') delete into[name];
    } else if (type === 'string') {
      const text = asString(found);
      if (text === undefined) wrong('string');
      else set(into, name, text);
    } else if (type === 'bool') {
      if (typeof found !== 'boolean') wrong('bool');
      else if (found) into[name] = true;
      else delete into[name];
    } else if (type === 'map') {
      if (!isMapping(found)) wrong('map[string]string');
      else into[name] = strings(found, into[name], (of) => wrong('string', of));
    } else if (!Array.isArray(found)) {
      wrong(
        type === 'strings' ? '[]string' : type === 'values' ? '[]interface {}' : `[]*chart.${type.struct}`,
      );
    } else if (found.length === 0) {
      delete into[name];
    } else if (type === 'values') {
      into[name] = found;
    } else if (type === 'strings') {
      const before = listBefore(into[name]);
      into[name] = found.map((item, index) => {
        const text = item === null ? (before[index] ?? '') : asString(item);
        if (text === undefined) wrong('string', item);
        return text ?? '';
      });
    } else {
      const before = listBefore(into[name]);
      into[name] = found.map((item, index) => {
        if (item === null) return null;
        if (!isMapping(item)) {
          wrong(`chart.${type.struct}`, item);
          return null;
        }
        const built: Record<string, unknown> = {
          ...(type.struct === 'Dependency' ? { name: '', repository: '' } : {}),
          ...(before[index] as object | null | undefined),
        };
        fill(built, item, type.fields, type.struct, at, problems);
        return built;
      });
    }
  }
}

/** encoding/json decodes the elements of a list into those that are there, so they keep what is not replaced. */
function listBefore(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function set(into: Record<string, unknown>, name: string, text: string): void {
  if (text === '' && !(name === 'name' || name === 'version' || name === 'repository')) delete into[name];
  else into[name] = text;
}

function strings(found: Mapping, before: unknown, wrong: (of: YamlValue) => void): Record<string, string> {
  const map: Record<string, string> = Object.assign(Object.create(null), before);
  for (const key of Object.keys(found).sort(byBytes)) {
    const item = found[key]!;
    const text = item === null ? '' : asString(item);
    if (text === undefined) wrong(item);
    else map[key] = text;
  }
  return map;
}

/** sigs.k8s.io/yaml: a number or boolean for a string field becomes its text. */
function asString(value: YamlValue): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatFloat32(value);
  return undefined;
}

/** The field that encoding/json takes for a key: the same name, or else the first that is equal but for case. */
function fieldNamed(fields: Fields, key: string): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  const folded = fold(key);
  return Object.keys(fields).find((name) => fold(name) === folded);
}

/** Unicode simple folding for names of ASCII letters: U+017F (long s) and U+212A (Kelvin) fold to s and k. */
function fold(text: string): string {
  return text
    .replace(/\u017f/g, 's')
    .replace(/\u212a/g, 'k')
    .replace(/[A-Z]/g, (char) => char.toLowerCase());
}

function byBytes(a: string, b: string): number {
  // Code points order like UTF-8 bytes.
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]!.codePointAt(0) ?? 0) - (right[i]!.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * NaN and infinities have no JSON, so sigs.k8s.io/yaml fails on them, even below keys that nobody asks for; but not
 * where they become strings.
 */
function refuseNotJson(value: YamlValue, type?: FieldType): void {
  if (typeof value === 'number' && !Number.isFinite(value) && type !== 'string') {
    throw new MetadataError(
      `json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`,
    );
  }
  if (Array.isArray(value)) {
    for (const item of value) {
      refuseNotJson(item, type === 'strings' ? 'string' : typeof type === 'object' ? type : undefined);
    }
  } else if (isMapping(value)) {
    for (const key of Object.keys(value)) {
      const name = typeof type === 'object' ? fieldNamed(type.fields, key) : undefined;
      const inner = name !== undefined && typeof type === 'object' ? type.fields[name] : undefined;
      refuseNotJson(value[key]!, type === 'map' ? 'string' : inner);
    }
  }
}

function isMapping(value: YamlValue): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: YamlValue): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'object') return 'object';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'number';
}
