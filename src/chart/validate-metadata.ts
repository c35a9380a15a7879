import type { ChartMetadata } from './metadata.ts';
import { sanitiseText as sanitise } from './sanitise-metadata.ts';

// Masterminds/semver NewVersion, which takes a leading v and missing minor and patch numbers.
const LOOSE =
  /^v?(0|[0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const MAX_PART = 2n ** 64n - 1n;

/**
 * What Helm's Metadata.Validate finds wrong (helm:pkg/chart/v2/metadata.go), in its words; `undefined` when nothing
 * is. An `apiVersion` is required here: for an archive Helm's loader fills "v1" in before (`readArchive` does too).
 */
export function validateMetadata(metadata: ChartMetadata): string | undefined {
  const problem = findProblem(metadata);
  return problem === undefined ? undefined : `validation: ${problem}`;
}

function findProblem(metadata: ChartMetadata): string | undefined {
  const name = sanitise(metadata.name);
  if (!metadata.apiVersion) return 'chart.metadata.apiVersion is required';
  if (name === '') return 'chart.metadata.name is required';
  if (name === '.' || name === '..') return `chart.metadata.name ${JSON.stringify(name)} is not allowed`;
  if (name.includes('/')) return `chart.metadata.name ${JSON.stringify(name)} is invalid`;
  if (metadata.version === '') return 'chart.metadata.version is required';
  if (!isVersion(metadata.version))
    return `chart.metadata.version ${JSON.stringify(metadata.version)} is invalid`;
  if (!['', 'application', 'library'].includes(metadata.type ?? '')) {
    return 'chart.metadata.type must be application or library';
  }
  if (metadata.maintainers?.includes(null)) return 'maintainers must not contain empty or null nodes';
  const seen = new Set<string>();
  for (const dependency of metadata.dependencies ?? []) {
    if (dependency === null) return 'dependencies must not contain empty or null nodes';
    if (dependency.alias && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) {
      return `dependency ${JSON.stringify(sanitise(dependency.name))} has disallowed characters in the alias`;
    }
    const key = dependency.alias ? dependency.alias : sanitise(dependency.name);
    if (seen.has(key)) return `more than one dependency with name or alias ${JSON.stringify(key)}`;
    seen.add(key);
  }
  return undefined;
}

function isVersion(version: string): boolean {
  const match = LOOSE.exec(version);
  if (match === null || version.length > 256) return false;
  for (const part of match.slice(1, 4)) {
    if (part !== undefined && (part.length > 20 || BigInt(part) > MAX_PART)) return false;
  }
  return (match[4] ?? '').split('.').every((part) => !/^0[0-9]+$/.test(part));
}
