import { DEFAULT_ADMISSION } from './check-admission.ts';
import type { Config } from './config.ts';
import { DEFAULT_LIMITS } from './limits.ts';

/** A configuration that trusts nobody and lists no registry, for commands that are told the rest. */
export function emptyConfig(parts: Partial<Config> = {}): Config {
  return {
    registries: [],
    trust: new Map(),
    blocked: { digests: new Set(), signers: [], identities: [] },
    policies: [],
    signing: new Map(),
    keys: { retired: [] },
    callers: new Map(),
    access: { verify: 'callers', sign: 'callers', audit: [], metrics: [] },
    admission: { ...DEFAULT_ADMISSION },
    limits: { ...DEFAULT_LIMITS, rate: { ...DEFAULT_LIMITS.rate } },
    ...parts,
  };
}
