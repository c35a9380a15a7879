import { spawn } from 'node:child_process';

/** What a program answered. */
interface HelperResult {
  /** Exit status; null when it was ended by a signal. */
  code: number | null;
  stdout: string;
}

/** Runs a program with arguments (no shell), gives it `input` and collects what it prints. */
export type RunHelper = (
  file: string,
  args: string[],
  options: {
    input: string;
    env: Readonly<Record<string, string | undefined>>;
    timeoutMs: number;
    maxBytes: number;
  },
) => Promise<HelperResult>;

/**
 * {@link RunHelper} by node:child_process. What the program prints on stderr goes nowhere: it may hold secrets.
 * Rejects with the system's error if it cannot be started (ENOENT), and with `code` ETIMEDOUT or EMSGSIZE if it
 * takes longer or prints more than allowed; it is ended then.
 */
export const runHelper: RunHelper = (file, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: options.env as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (code: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // A program of its own may hold the pipe open, so the end is not waited for.
      child.stdout.destroy();
      reject(Object.assign(new Error(code), { code }));
    };
    const timer = setTimeout(() => fail('ETIMEDOUT'), options.timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > options.maxBytes) fail('EMSGSIZE');
      else chunks.push(chunk);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(chunks).toString('utf8') });
    });
    // A program that does not read its input ends before it was written.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
