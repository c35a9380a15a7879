import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';

const QUIET_MS = 1000;
const ERASE_LINE = '\r\u001b[K';

/**
 * Does the work; when it takes longer than a second and a person watches, says on stderr what is waited for and how
 * long already, and takes that line away at the end.
 * @param what what is waited for, like "registry.example.com"
 */
export async function withProgress<T>(what: string, io: Io, work: () => Promise<T>): Promise<T> {
  if (!io.stderr.isTTY) return await work();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    io.stderr.write(`${ERASE_LINE}waiting for ${clean(what, 60)} (${seconds} s)`);
  }, QUIET_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (seconds > 0) io.stderr.write(ERASE_LINE);
  }
}
