import { spawn } from 'node:child_process';

export interface Result {
  /** The exit status; -1 when a signal ended the program. */
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end and gives what it printed, whatever its exit status. Ends it after `timeoutMs`.
 * @param options.input what it reads from its standard input; nothing by default
 */
export function run(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; cwd?: string; timeoutMs?: number; input?: string } = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { PATH: process.env.PATH ?? '', ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 120_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    // A program that ends before it has read everything is no failure here: its exit status tells.
    child.stdin?.on('error', () => {}).end(options.input);
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
