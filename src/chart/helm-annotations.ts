import { sortKeys } from './helm-config.ts';

const OCI = 'org.opencontainers.image.';
// What annotations of Chart.yaml may not replace (helm:pkg/registry/chart.go, immutableOciAnnotations).
const FIXED = new Set([`${OCI}version`, `${OCI}title`]);

/** The manifest's annotations as Helm makes them from the config (helm:pkg/registry/chart.go). */
export function helmAnnotations(config: Record<string, unknown>, created: string): Record<string, string> {
  const annotations: Record<string, string> = {};
  const add = (key: string, value: unknown): void => {
    if (typeof value === 'string' && value.trim() !== '') annotations[key] = value;
  };
  add(`${OCI}description`, config.description);
  add(`${OCI}title`, config.name);
  add(`${OCI}version`, config.version);
  add(`${OCI}url`, config.home);
  add(`${OCI}created`, created);
  if (Array.isArray(config.sources)) add(`${OCI}source`, config.sources[0]);
  if (Array.isArray(config.maintainers)) {
    const authors = (config.maintainers as { name?: string; email?: string }[]).map((one) =>
      one.email ? `${one.name ?? ''} (${one.email})` : (one.name ?? ''),
    );
    add(`${OCI}authors`, authors.join(', '));
  }
  for (const [key, value] of Object.entries((config.annotations ?? {}) as Record<string, unknown>)) {
    if (!FIXED.has(key)) annotations[key] = String(value);
  }
  return sortKeys(annotations);
}
