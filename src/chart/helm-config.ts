import { isObject } from '../base/is-object.ts';

// Order of the fields in Helm's structs, which is the order of the JSON (helm:pkg/chart/v2/metadata.go, dependency.go).
const METADATA = [
  'name',
  'home',
  'sources',
  'version',
  'description',
  'keywords',
  'maintainers',
  'icon',
  'apiVersion',
  'condition',
  'tags',
  'appVersion',
  'deprecated',
  'annotations',
  'kubeVersion',
  'dependencies',
  'type',
];
const MAINTAINER = ['name', 'email', 'url'];
const DEPENDENCY = [
  'name',
  'version',
  'repository',
  'condition',
  'tags',
  'enabled',
  'import-values',
  'alias',
];
// Fields that Helm writes even when they are empty: without omitempty.
const ALWAYS = new Set(['dependencies.name', 'dependencies.repository']);

/** The config blob's object as Helm has it: the fields Helm knows, in its order, without empty ones. */
export function helmConfig(metadata: Record<string, unknown>): Record<string, unknown> {
  const config = pick(metadata, METADATA, '');
  if (Array.isArray(config.maintainers)) {
    config.maintainers = config.maintainers.map((one) => one && pick(one, MAINTAINER, 'maintainers.'));
  }
  if (Array.isArray(config.dependencies)) {
    config.dependencies = config.dependencies.map((one) => {
      if (one === null) return null;
      const dependency = pick(one, DEPENDENCY, 'dependencies.');
      return { ...dependency, 'import-values': sortDeep(dependency['import-values']) };
    });
  }
  if (isObject(config.annotations)) config.annotations = sortKeys(config.annotations);
  return config;
}

/** The same object with its keys in the order of their code points, as Go writes a map. */
export function sortKeys<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** Go sorts the keys of every map; a Map keeps that order also for keys that look like numbers. */
function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(entries.map(([key, inner]) => [key, sortDeep(inner)]));
}

function pick(from: unknown, fields: string[], path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (!isObject(from)) return result;
  for (const field of fields) {
    const value = from[field];
    const empty =
      value === undefined ||
      value === null ||
      value === '' ||
      value === false ||
      (Array.isArray(value) && value.length === 0) ||
      (isObject(value) && Object.keys(value).length === 0);
    if (!empty) result[field] = value;
    else if (ALWAYS.has(path + field)) result[field] = '';
  }
  return result;
}
