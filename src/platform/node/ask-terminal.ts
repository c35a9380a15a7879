import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/**
 * Asks whoever sits at the terminal. The question goes to stderr, as stdout is for results.
 * @param options.hidden what is typed is not shown, as for passphrases
 * @returns one line; undefined when the input ended without one. Ctrl-C ends the process as it would anywhere.
 */
export function askTerminal(
  question: string,
  options: { hidden?: boolean } = {},
): Promise<string | undefined> {
  // As a terminal, readline turns the terminal's own echo off and writes what is typed itself: to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: options.hidden ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
  });
  return new Promise((resolve) => {
    let answer: string | undefined;
    lines.once('close', () => {
      if (options.hidden || answer === undefined) process.stderr.write('\n');
      resolve(answer);
    });
    lines.once('SIGINT', () => {
      lines.close();
      process.kill(process.pid, 'SIGINT');
    });
    // Only now: whoever sees the question may type, and the echo must be off by then.
    if (options.hidden) process.stderr.write(question);
    lines.question(options.hidden ? '' : question, (line) => {
      answer = line;
      lines.close();
    });
  });
}
