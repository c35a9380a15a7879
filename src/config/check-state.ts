import type { CheckContext } from './check-context.ts';
import type { StateLocation } from './config.ts';
import { missingSecret } from './missing-secret.ts';
import { mapOf } from './plain.ts';
import { stateSchema } from './schema.ts';
import { readSecret } from './secret.ts';

/** Beside the configuration, in a folder that can be a volume. */
const DEFAULT_SQLITE = 'data/chartseal.db';

/**
 * Checks `state` beyond its shape.
 * @param signs has the configuration keys that sign? Only they need a state
 * @returns undefined at the edge, where it is bound to the Worker; where nothing is kept; where it is only looked at
 */
export function checkState(raw: unknown, signs: boolean, context: CheckContext): StateLocation | undefined {
  if (context.runtime === 'edge') {
    if (raw !== undefined) {
      context.report(
        ['state'],
        'found a place for state; at the edge it is what wrangler.toml binds (D1 as AUDIT, Durable Object as LOCKS), remove it',
      );
    }
    return undefined;
  }
  if (raw === undefined) return signs ? { sqlite: DEFAULT_SQLITE } : undefined;
  const found = Object.keys(mapOf(raw));
  const text = stateSchema.safeParse(raw);
  if (!text.success) return undefined;
  if (found.length !== 1) {
    const what = found.length === 0 ? 'an empty map' : found.join(' and ');
    context.report(['state'], `found ${what}; allowed: one of sqlite, postgres`);
    return undefined;
  }
  const { sqlite, postgres } = text.data;
  if (sqlite !== undefined) return { sqlite };
  if (postgres === undefined || context.secret === undefined) return undefined;
  const path = ['state', 'postgres', 'secret'];
  const url = readSecret(postgres.secret, context.secret)?.trim();
  if (url === undefined) {
    if (context.use === 'serve')
      context.report(path, missingSecret(postgres.secret), 'config.secret_missing');
    return undefined;
  }
  if (!/^postgres(?:ql)?:\/\/\S+$/.test(url)) {
    context.report(path, `${postgres.secret} is no URL that begins with postgres://`);
    return undefined;
  }
  return { postgres: url };
}
