import type { z } from 'zod';
import { checkAccess, DEFAULT_ACCESS } from './check-access.ts';
import { checkAdmission } from './check-admission.ts';
import { checkCallers } from './check-callers.ts';
import type { CheckContext } from './check-context.ts';
import { checkKeys } from './check-keys.ts';
import { checkPolicies } from './check-policies.ts';
import { checkPublicGood } from './check-public-good.ts';
import { checkRegistries } from './check-registries.ts';
import { checkSigning } from './check-signing.ts';
import { checkSigstore } from './check-sigstore.ts';
import { checkState } from './check-state.ts';
import { checkTrust } from './check-trust.ts';
import type { Config, TrustRefresh } from './config.ts';
import { createConfigFiles } from './config-files.ts';
import { describeIssues } from './describe-issue.ts';
import { DEFAULT_LIMITS, EDGE_FILES_BYTES, type Limits } from './limits.ts';
import { normaliseFingerprint } from './normalise-fingerprint.ts';
import { listOf, mapOf } from './plain.ts';
import { ConfigError, type ConfigProblem, formatPath } from './problem.ts';
import { loadPublicGood, type ReadRefreshed } from './public-good.ts';
import type { ReadSigner, ReadSigstoreSigner } from './read-signer.ts';
import { readConfigYaml } from './read-yaml.ts';
import { blockedSchema, configSchema, limitsSchema } from './schema.ts';

/** What parseConfig takes. */
export interface ParseConfigOptions {
  /** The YAML. */
  text: string;
  /** How the file is called in messages. */
  path: string;
  /** Reads a file that the configuration names; it resolves relative paths (relative to the configuration). */
  readFile: (path: string) => Promise<Uint8Array>;
  /** A secret of the runtime, undefined if it is not set. */
  secret: (name: string) => string | undefined;
  /**
   * The configuration is only looked at (`policy test`, `bundle-config`): secrets are neither read nor needed. The
   * result has no credentials and no callers.
   */
  withoutSecrets?: boolean;
  /**
   * `serve` (default): somebody must be allowed to ask, and callers' tokens must be set. `verify`: the command line
   * judges for whoever runs it; callers are checked for their shape, their tokens are not needed.
   */
  use?: 'serve' | 'verify';
  /** Makes signers of the PGP keys under `signing`; without it such a configuration cannot be served. */
  readSigner?: ReadSigner;
  /** The same for those of sigstore. */
  readSigstoreSigner?: ReadSigstoreSigner;
  /** Reads what is kept of the last refresh of the trusted root. Default: nothing is kept. */
  readRefreshed?: ReadRefreshed;
  /** `edge`: no CAs of one's own, smaller default limits. Default: `node`. */
  runtime?: 'node' | 'edge';
}

/**
 * Reads chartseal.yaml: checks it, resolves its secrets, reads and parses its key files, fills in defaults.
 *
 * Everything that is wrong is reported at once: the schema judges the whole, and every part whose own shape is good
 * goes through the checks of meaning, whatever is wrong elsewhere.
 * @throws ConfigError with every problem; code `config.invalid`, or `config.secret_missing` if only secrets are missing
 */
export async function parseConfig(options: ParseConfigOptions): Promise<Config> {
  const read = readConfigYaml(options.text);
  if ('code' in read) throw new ConfigError(options.path, [read]);
  const { value: raw, lineOf } = read;

  const problems: ConfigProblem[] = [];
  let refresh: TrustRefresh | undefined;
  let publicGood: Promise<Uint8Array> | undefined;
  const context: CheckContext = {
    readFile: options.readFile,
    secret: options.withoutSecrets === true ? undefined : options.secret,
    readSigner: options.readSigner,
    readSigstoreSigner: options.readSigstoreSigner,
    readRefreshed: options.readRefreshed,
    publicGood: () => {
      publicGood ??= loadPublicGood(context, refresh);
      return publicGood;
    },
    use: options.use ?? 'serve',
    runtime: options.runtime ?? 'node',
    report(path, message, code = 'config.invalid') {
      const line = lineOf(path);
      problems.push({ path: formatPath(path), message, code, ...(line === undefined ? {} : { line }) });
    },
  };
  const shape = configSchema.safeParse(raw);
  const issues = shape.success ? [] : describeIssues(shape.error.issues, configSchema, raw);
  for (const { path, message } of issues) context.report(path, message);

  const parts = mapOf(raw);
  refresh = await checkSigstore(parts.sigstore, context);
  const trustRefresh = refresh && (await checkPublicGood(refresh, context));
  const registries = await checkRegistries(parts.registries, context);
  const files = createConfigFiles(context);
  const trust = await checkTrust(parts.trust, files, context);
  const blockedText = blockedSchema.safeParse(parts.blocked ?? {}).data ?? {};
  const listed = blockedText.signers ?? [];
  const blocked = {
    digests: new Set(blockedText.digests ?? []),
    signers: [...new Set(listed.filter((one) => typeof one === 'string').map(normaliseFingerprint))],
    identities: listed.filter((one) => typeof one !== 'string'),
  };
  const policies = await checkPolicies(parts.policies, trust, blocked, context);
  const callerNames = new Set(Object.keys(mapOf(parts.callers)));
  const access = checkAccess(parts.access, callerNames, context);
  const callers = await checkCallers(
    parts.callers,
    { access, admission: parts.admission !== undefined },
    context,
  );
  const policyNames = new Set(listOf(parts.policies).map((entry) => mapOf(entry).name as string));
  const names = { callers: callerNames, policies: policyNames };
  const signing = await checkSigning(parts.signing, names, files, context);
  const keys = await checkKeys(parts.keys, context);
  const state = checkState(parts.state, listOf(parts.signing).length > 0, context);
  const admission = await checkAdmission(parts.admission, callerNames, context);
  const limitsText = limitsSchema.safeParse(parts.limits ?? {}).data ?? {};

  if (problems.length > 0) throw new ConfigError(options.path, inOrder(problems));
  return {
    registries,
    trust: new Map([...trust.loaded].map(([name, loaded]) => [name, loaded.trust])),
    blocked,
    policies,
    signing,
    keys,
    callers,
    access: access ?? DEFAULT_ACCESS,
    ...(state === undefined ? {} : { state }),
    admission,
    ...(trustRefresh === undefined ? {} : { trustRefresh }),
    limits: fillLimits(limitsText, context.runtime),
  };
}

function fillLimits(text: z.infer<typeof limitsSchema>, runtime: 'node' | 'edge'): Limits {
  const limits: Limits = {
    ...DEFAULT_LIMITS,
    ...(runtime === 'edge' ? { filesBytes: EDGE_FILES_BYTES } : {}),
    rate: { ...DEFAULT_LIMITS.rate, ...written(text.rate ?? {}) },
  };
  const { rate: _, ...others } = text;
  return Object.assign(limits, written(others));
}

function written<T extends object>(map: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

// In the order of the file; problems without a line first, as they are about the file as a whole.
function inOrder(problems: ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
