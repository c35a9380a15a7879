import { ChartsealError } from '../base/error.ts';
import type { Fetched } from '../base/fetched.ts';
import { mapBounded } from '../base/map-bounded.ts';
import { clean } from '../base/text.ts';
import type { Config } from '../config/index.ts';
// Not by the index, which loads libraries that take long.
import { type FoundHelmEntries, findHelmEntries } from '../sigstore/helm-log/find-helm-entries.ts';
import { DEFAULT_HELM_LOG_LIMITS, type HelmLogLimits } from '../sigstore/helm-log/limits.ts';
import type { ServiceAccess } from '../sigstore/index.ts';
import { trustsOf } from './schemes.ts';
import type { VerifyTask } from './task.ts';

/** What transparency logs have of a chart archive, by the origin of the log. What is missing was not asked. */
export type HelmLogs = ReadonlyMap<string, Fetched<FoundHelmEntries>>;

/** Logs that are asked at the same time. */
const TOGETHER = 4;

// Where the entry is only stated in the report, a log that is slow or crowded must take neither the time of whoever waits
// for the verdict nor the requests that other logs need.
const FOR_A_FACT: Partial<HelmLogLimits> = { entries: 4, requestTimeoutMs: 1_500, overallTimeoutMs: 3_000 };

/**
 * Asks the logs of the PGP trust entries that the policies name for the entries of an archive, each log once. What
 * all logs together are asked is bounded, as the plan of a Worker bounds requests.
 * @param archiveDigest digest of the chart layer
 * @throws ChartsealError registry.cancelled, when the verdict is not waited for any more
 */
export async function askHelmLogs(
  task: VerifyTask,
  archiveDigest: string,
  limits: Config['limits'],
): Promise<HelmLogs> {
  const logs = task.policies
    .flatMap((chosen) => trustsOf(chosen, 'pgp'))
    .flatMap(({ log }) => (log === undefined ? [] : [log]));
  const origins = [...new Set(logs.map(({ rekor }) => rekor))];
  const found = await mapBounded(origins, TOGETHER, async (rekor) => {
    const isRequired = logs.some((log) => log.rekor === rekor && log.require);
    const own = { ...DEFAULT_HELM_LOG_LIMITS, ...(isRequired ? {} : FOR_A_FACT) };
    return [
      rekor,
      await askOne(task, rekor, archiveDigest, {
        ...own,
        requestTimeoutMs: Math.min(own.requestTimeoutMs, limits.requestTimeoutMs),
        overallTimeoutMs: Math.min(own.overallTimeoutMs, limits.overallTimeoutMs),
      }),
    ] as const;
  });
  return new Map(found);
}

/** Did every log that was asked say all that it has? */
export function haveAllAnswered(logs: HelmLogs): boolean {
  return [...logs.values()].every((found) => found.ok && found.value.incomplete === undefined);
}

async function askOne(
  { services, session, signal }: VerifyTask,
  rekor: string,
  archiveDigest: string,
  limits: HelmLogLimits,
): Promise<Fetched<FoundHelmEntries>> {
  const name = `the transparency log ${clean(rekor)}`;
  if (services === undefined) {
    const error = new ChartsealError('sigstore.log_not_asked', `${name} is not asked from here`);
    return { ok: false, error };
  }
  let found: Fetched<FoundHelmEntries>;
  try {
    // Not as a method: workerd's fetch refuses another `this`.
    const { fetch } = services;
    const access: ServiceAccess = {
      ...services,
      fetch: async (input, init) => {
        session.spendElsewhere(name);
        return fetch(input, init);
      },
    };
    const value = await findHelmEntries({ rekor, archiveDigest, access, limits, signal });
    found = { ok: true, value };
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error;
    found = { ok: false, error };
  }
  // What a log could not say in time that nobody gave it is not to be told to others.
  if (signal?.aborted) {
    const message = `${name}: given up before it was answered`;
    throw new ChartsealError('registry.cancelled', message, { retryable: true });
  }
  return found;
}
