import { ChartsealError } from './base/error.ts';
import { createFlights, type Flights } from './base/flights.ts';
import type { Config } from './config/index.ts';
import { parseReference, type RegistryClient } from './oci/index.ts';
import { findPolicy } from './policy/index.ts';
import { type Gate, turnOf } from './verification/index.ts';

/** Lists the tags of `oci://host/repository`, as callers may see them. */
export type TagLister = (repository: string, options: TagListing) => Promise<readonly string[]>;

interface TagListing {
  signal?: AbortSignal | undefined;
  /** When nobody will wait any more, milliseconds since the epoch. */
  deadlineMs?: number | undefined;
  /** Requests that this call may still make, together with others. */
  budget?: { requests: number } | undefined;
}

/**
 * What controllers list to choose the version of a range. Registries that are not listed, and repositories that no
 * policy covers, are not asked.
 * @param options.gate bounds what is under way; with it those who list the same at the same time share the answer
 * @throws (the lister) ChartsealError `registry.not_listed`, `policy.no_match`, `chart.not_found`, `limit.*`,
 *   `registry.*`
 */
export function createTagLister(options: {
  config: Config;
  client: RegistryClient;
  gate?: Gate | undefined;
}): TagLister {
  const { config, client, gate } = options;
  const flights: Flights<readonly string[]> | undefined = gate && createFlights();
  return async (repository, { signal, deadlineMs, budget }) => {
    const reference = parseReference(repository);
    const name = `${reference.host}/${reference.repository}`;
    client.requireListed(reference.host);
    if (findPolicy(config.policies, name) === undefined) {
      throw new ChartsealError('policy.no_match', `no policy matches ${name}`);
    }
    const list = async (ended: AbortSignal | undefined) => {
      const leave = await gate?.enter(turnOf(config, reference.host), { signal: ended, deadlineMs });
      try {
        const session = client.session({
          ...(ended === undefined ? {} : { signal: ended }),
          ...(budget === undefined ? {} : { budget }),
        });
        return await session.listTags(reference);
      } finally {
        leave?.();
      }
    };
    if (flights === undefined || budget !== undefined) return list(signal);
    return (await flights.join(name, signal, list)).result;
  };
}
