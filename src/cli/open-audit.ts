import { dirname, resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { loadConfig } from '../platform/node/load-config.ts';
import type { State } from '../state/index.ts';
import { DEFAULT_CONFIG } from './choose-config.ts';
import { kindOfPath } from './files.ts';
import { usageError } from './usage-error.ts';

/**
 * Opens the state that the service of this configuration keeps its audit log in.
 * @throws ChartsealError config.*, usage.invalid, file.unreadable (there is no such log yet), audit.unavailable
 */
export async function openAudit(configPath: string | undefined, io: Io): Promise<State> {
  const path = resolve(io.cwd, configPath ?? DEFAULT_CONFIG);
  const load = (withoutSecrets: boolean) => loadConfig(path, { env: io.env, use: 'verify', withoutSecrets });
  // A file needs no secret to be opened, and whoever looks at the log may have none; a database's URL is one.
  const state = (await load(true)).state ?? (await load(false)).state;
  if (state === undefined) {
    throw usageError(
      `${clean(path)} names no audit log that can be opened here`,
      'A log is kept where something stands under "signing". For state: { postgres: { secret: NAME } } set the variable NAME.',
    );
  }
  const { openState } = await import('../platform/state/open-state.ts');
  if (!('sqlite' in state)) return openState(state, { clock: io.clock });
  const file = resolve(dirname(path), state.sqlite);
  // Opening makes the file; an empty log that was never there must not look intact.
  if ((await kindOfPath(file, io.cwd)) !== 'file') {
    throw new ChartsealError('file.unreadable', `${clean(file)}: there is no audit log yet`, {
      help: 'The service makes it when it starts. Check "state" in the configuration.',
    });
  }
  return openState({ sqlite: file }, { clock: io.clock });
}
