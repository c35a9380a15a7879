import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Lets Node keep the code it compiles, so that the next start need not compile it again. In the user's own cache
 * folder: Node's default, below the folder for temporary files, is a place where another user could lay code in wait.
 * Does nothing before Node 22.8, or when the folder cannot be written.
 * @param env `XDG_CACHE_HOME`; `NODE_DISABLE_COMPILE_CACHE` turns it off, as everywhere in Node
 */
export function keepCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  const base = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  module.enableCompileCache?.(join(base, 'chartseal', 'compiled'));
}
