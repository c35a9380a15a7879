import type { Limits } from '../config/index.ts';
import type { RegistryLimits } from '../oci/index.ts';

/** The limits of the configuration that bound the registry client. (`concurrency` means something else there.) */
export function registryLimits(limits: Limits): Partial<RegistryLimits> {
  const { manifestBytes, tags, requestTimeoutMs, overallTimeoutMs, retries, redirects, requests } = limits;
  return { manifestBytes, tags, requestTimeoutMs, overallTimeoutMs, retries, redirects, requests };
}
