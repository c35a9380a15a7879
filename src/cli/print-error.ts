import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';

// Messages that list every problem of a configuration have a line for each.
const MAX_LINE = 1000;
const MAX_LINES = 100;

/** Writes an error to stderr as every command does: what happened, its code, what to do. Never a stack trace. */
export function printError(error: unknown, io: Io): void {
  const known =
    error instanceof ChartsealError
      ? error
      : new ChartsealError('internal.error', error instanceof Error ? error.message : String(error), {
          help: 'This is a fault of chartseal. Report it with the command that led here.',
        });
  const lines = [
    `error: ${indent(known.message)}`,
    `  code: ${known.code}`,
    ...(known.retryable ? [`  retry: ${retryText(known.retryAfter)}`] : []),
    `  help: ${indent(known.help)}`,
  ];
  io.stderr.write(`${lines.join('\n')}\n`);
}

function indent(text: string): string {
  const lines = text.split('\n').slice(0, MAX_LINES);
  return lines.map((line) => clean(line, MAX_LINE)).join('\n    ');
}

function retryText(retryAfter: number | undefined): string {
  return retryAfter === undefined ? 'trying again may help' : `try again after ${retryAfter} s`;
}
