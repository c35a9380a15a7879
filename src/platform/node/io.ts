import type { Clock } from '../../base/clock.ts';

/** Where text goes. */
interface Output {
  write(text: string): unknown;
  /** True on a terminal, where colours and a progress line are welcome. */
  isTTY?: boolean | undefined;
}

/** Everything a command gets from the world around it, so that tests can run it in their own process. */
export interface Io {
  /** For the report (or what else was asked for), nothing more. */
  stdout: Output;
  /** For everything else. */
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths of the command line start here. */
  cwd: string;
  clock: Clock;
  newId: () => string;
  /** Random bytes fit for secrets. */
  random: (bytes: number) => Uint8Array;
  /** Fulfilled when the user or the system asks a running service to stop. Asked for only by commands that stay. */
  untilStopped: () => Promise<void>;
  /**
   * Asks whoever sits at the terminal, and gives what they type; `hidden`: without showing it. undefined: nothing was
   * typed. The function is there only where there is a terminal.
   */
  ask?: (question: string, options?: { hidden?: boolean }) => Promise<string | undefined>;
  /** All of the standard input, for a file called `-`. Absent where that is a terminal. */
  readStdin?: () => Promise<Uint8Array>;
  /** Instead of Node's own, for tests. */
  fetch?: typeof fetch;
}

/** May this output carry colours? See https://no-color.org. */
export function mayColour(output: Output, env: Io['env']): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
