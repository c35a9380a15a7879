import type { Command } from 'commander';
import { collect } from './collect.ts';
import { usageError } from './usage-error.ts';

/**
 * Lets no option of these commands be given twice with different values, unless it collects them. The parser would keep
 * the last and say nothing of the first: a policy, a file of objects that was never looked at.
 */
export function refuseRepeated(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.parseArg === collect) continue;
    let first: string | undefined;
    command.on(`option:${option.name()}`, (value: string) => {
      if (first !== undefined && value !== first) {
        throw usageError(`${option.long ?? option.short} is given twice, and only one would count`);
      }
      first = value;
    });
  }
  for (const inner of command.commands) refuseRepeated(inner);
}
