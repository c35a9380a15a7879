import type { Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';

/** A key in a file, which a passphrase may protect. */
interface LockedKey<T> {
  /** The option that named the file, for messages: `--key`. */
  flag: string;
  file: string;
  /** What the makers of such keys call it. */
  word: 'passphrase' | 'password';
  /** What was given without asking. */
  given: string | undefined;
  read: (passphrase: string | undefined) => Promise<T>;
  /** Of a key that cannot be used, for want of a passphrase too. */
  code: Code;
  /** What to do when none was given, and when it does not open the key. */
  help: { missing: string; wrong: string };
}

/**
 * Reads a key; where it is protected and nothing was given, the passphrase is asked for if there is a terminal.
 * @throws ChartsealError of `read`, its message led by the option; `code` when there is no passphrase to be had
 */
export async function unlockKey<T>(key: LockedKey<T>, io: Io): Promise<T> {
  const { flag, file, word, given, read, code, help } = key;
  try {
    return await read(given);
  } catch (error) {
    if (given !== undefined || !needsPassphrase(error, code)) throw named(error, key);
  }
  const prompt = `${word === 'password' ? 'Password' : 'Passphrase'} of ${clean(file, 200)}: `;
  const typed = await io.ask?.(prompt, { hidden: true });
  if (typed === undefined || typed === '') {
    const why = `the key is protected by a ${word}, and none was given`;
    throw new ChartsealError(code, `${flag} ${clean(file)}: ${why}`, { help: help.missing });
  }
  try {
    return await read(typed);
  } catch (error) {
    throw named(error, key);
  }
}

// Only the rooms that read keys can tell; they say so in words.
function needsPassphrase(error: unknown, code: Code): boolean {
  return (
    error instanceof ChartsealError &&
    error.code === code &&
    error.message.includes('protected by a passphrase, and none was given')
  );
}

function named(error: unknown, { flag, file, help }: LockedKey<unknown>): unknown {
  if (!(error instanceof ChartsealError)) return error;
  const isWrong = error.message.includes('the passphrase does not open');
  return new ChartsealError(error.code, `${flag} ${clean(file)}: ${error.message}`, {
    help: isWrong ? help.wrong : error.help,
  });
}
