import { resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { formatReference, parseReference, readRegistries } from '../oci/index.ts';
import type { Io } from '../platform/node/io.ts';
import { loadConfig } from '../platform/node/load-config.ts';
import { describeRequirement, findPolicy } from '../policy/index.ts';
import { toSafeJson } from '../report/index.ts';
import { requirePolicy } from '../verification/index.ts';
import { DEFAULT_CONFIG } from './choose-config.ts';
import { EXIT } from './exit-status.ts';

interface PolicyTestOptions {
  config?: string | undefined;
  /** The policy that must cover every reference. */
  expect?: string | undefined;
  format: string;
}

/**
 * `chartseal policy test`: which policy covers each reference and what it requires. Asks no registry and needs no
 * secret, so it can check a change of the configuration in CI.
 * @throws ChartsealError config.invalid, reference.invalid; policy.unknown for an expected policy that does not exist
 * @returns 1 when a reference is covered by no policy or not by the one expected
 */
export async function policyTestCommand(
  references: readonly string[],
  options: PolicyTestOptions,
  io: Io,
): Promise<number> {
  const path = resolve(io.cwd, options.config ?? DEFAULT_CONFIG);
  const config = await loadConfig(path, { env: io.env, use: 'verify', withoutSecrets: true });
  if (options.expect !== undefined) requirePolicy(config, options.expect);
  const registries = readRegistries(config.registries);
  let failed = false;
  const results = references.map((text) => {
    const reference = parseReference(text);
    const policy = findPolicy(config.policies, `${reference.host}/${reference.repository}`);
    const asExpected =
      policy !== undefined && (options.expect === undefined || policy.name === options.expect);
    failed ||= !asExpected;
    return {
      reference: formatReference(reference),
      covered: policy !== undefined,
      asExpected,
      policy: policy?.name ?? null,
      requires: policy === undefined ? null : describeRequirement(policy.require),
      mode: policy?.mode ?? null,
      depth: policy?.depth ?? null,
      unsafeAllow: policy?.unsafeAllow ?? [],
      listed: isListed(registries, reference.host),
    };
  });

  if (options.format === 'json') {
    io.stdout.write(`${toSafeJson(results)}\n`);
    return failed ? EXIT.deny : EXIT.allow;
  }
  for (const result of results) {
    const lines = [clean(result.reference, 600)];
    if (!result.covered) lines.push('  no policy covers it: the verdict is always deny');
    else {
      lines.push(`  policy    ${result.policy}`, `  requires  ${result.requires}`);
      lines.push(`  mode      ${result.mode}`, `  depth     ${result.depth}`);
      if (result.unsafeAllow.length > 0) lines.push(`  unsafe    ${result.unsafeAllow.join(', ')}`);
    }
    if (!result.listed) lines.push('  registry  is not under "registries": a service refuses it');
    if (!result.asExpected && options.expect !== undefined)
      lines.push(`  EXPECTED  ${clean(options.expect)}`);
    io.stdout.write(`${lines.join('\n')}\n`);
  }
  return failed ? EXIT.deny : EXIT.allow;
}

// On the command line the registry of the reference may be asked anyway, so this fails nothing.
function isListed(registries: ReturnType<typeof readRegistries>, host: string): boolean {
  try {
    registries.find(host);
    return true;
  } catch (error) {
    if (error instanceof ChartsealError) return false;
    throw error;
  }
}
