import type { Clock } from '../../base/clock.ts';
import type { State } from '../../state/index.ts';
import { openPostgresState } from './open-postgres.ts';
import { openSqliteState } from './open-sqlite.ts';

/** Where a Node service keeps its state: `path` of a SQLite file, or the URL of a PostgreSQL database (a secret). */
type StateLocation = { sqlite: string } | { postgres: string };

/**
 * Opens the state of a Node service and makes its tables if they are not there.
 * @throws ChartsealError audit.unavailable
 */
export function openState(location: StateLocation, options: { clock: Clock }): Promise<State> {
  return 'sqlite' in location
    ? openSqliteState({ path: location.sqlite, ...options })
    : openPostgresState({ url: location.postgres, ...options });
}
