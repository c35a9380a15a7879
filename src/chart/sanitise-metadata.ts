import type { ChartMetadata, Dependency, Maintainer } from './metadata.ts';

/**
 * The metadata as Helm has it after loading a chart: Metadata.Validate (helm:pkg/chart/v2/metadata.go, dependency.go)
 * also rewrites texts, so what Helm signs and pushes is not always what Chart.yaml says. Version, apiVersion, type,
 * aliases, values to import and annotations stay as they are. Doing it twice changes nothing more.
 */
export function sanitiseMetadata(metadata: ChartMetadata): ChartMetadata {
  const result = rewrite(metadata, [
    'name',
    'description',
    'home',
    'icon',
    'condition',
    'tags',
    'appVersion',
    'kubeVersion',
  ]);
  if (metadata.sources !== undefined) result.sources = metadata.sources.map(sanitiseText);
  if (metadata.keywords !== undefined) result.keywords = metadata.keywords.map(sanitiseText);
  if (metadata.maintainers !== undefined) {
    result.maintainers = metadata.maintainers.map(
      (one) => one && rewrite<Maintainer>(one, ['name', 'email', 'url']),
    );
  }
  if (metadata.dependencies !== undefined) {
    result.dependencies = metadata.dependencies.map((one) => one && sanitiseDependency(one));
  }
  return result;
}

function sanitiseDependency(dependency: Dependency): Dependency {
  const result = rewrite(dependency, ['name', 'version', 'repository', 'condition']);
  if (dependency.tags !== undefined) result.tags = dependency.tags.map(sanitiseText);
  return result;
}

function rewrite<T extends object>(from: T, fields: (keyof T)[]): T {
  const result = { ...from };
  for (const field of fields) {
    const value = from[field];
    if (typeof value === 'string') result[field] = sanitiseText(value) as T[keyof T];
  }
  return result;
}

/**
 * Helm's sanitizeString: white space becomes a space, what cannot be printed goes. Both are Go's ideas of it
 * (unicode.IsSpace, unicode.IsPrint): the byte order mark is no space. Characters that are newer than the Unicode
 * tables of the Go that built a Helm (15.0 until Go 1.26 at least) are not printable there and are here.
 */
export function sanitiseText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{White_Space}]/gu, ' ')
    .replace(/[\p{C}\p{Z}]/gu, (char) => (char === ' ' ? ' ' : ''));
}
