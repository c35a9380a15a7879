import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';

/** Longest user id, in UTF-8 bytes. */
const MAX_USER_ID = 200;

/** A user id in its parts; `id` is the whole. */
interface UserId {
  id: string;
  name?: string;
  email?: string;
}

/**
 * A user id for a new key, `Name <mail@example.com>`, a bare name or a bare address, made safe to be shown anywhere:
 * characters that are invisible or steer a terminal are left out, blanks are single.
 * @throws ChartsealError usage.invalid when nothing is left, or too much, or angle brackets hold no address
 */
export function cleanUserId(text: string): UserId {
  // `clean` writes what is unsafe as \u{…}; a backslash of the text itself does not become one.
  const safe = [...text.normalize('NFC')].filter((char) => /\s/.test(char) || clean(char) === char).join('');
  const id = safe.replace(/\s+/g, ' ').trim();
  if (id === '') throw invalid('is empty');
  if (new TextEncoder().encode(id).length > MAX_USER_ID) throw invalid(`is longer than ${MAX_USER_ID} bytes`);
  const whole = /^(?:([^<>]+) )?<([^<>\s]+)>$/.exec(id);
  const email = whole?.[2] ?? (/^[^\s<>@]+@[^\s<>@]+$/.test(id) ? id : undefined);
  if (email !== undefined && !/^[^\s@<>()]+@[A-Za-z0-9.-]+$/.test(email))
    throw invalid('holds no valid address');
  if (whole === null && /[<>]/.test(id)) throw invalid('has an angle bracket that holds no address');
  const name = whole === null ? (email === undefined ? id : undefined) : whole[1];
  return {
    id: email === undefined ? id : name === undefined ? `<${email}>` : `${name} <${email}>`,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
  };
}

function invalid(what: string): ChartsealError {
  return new ChartsealError('usage.invalid', `the user id ${what}`, {
    help: 'Write it like "Release Team <release@example.com>".',
  });
}
