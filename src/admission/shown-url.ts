import { clean } from '../base/text.ts';

// With a scheme anything up to "@" may be a password, slashes included; without one it has a colon before it, as
// "git@host:path" has not. What stands before a digest is none.
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)\S*@(?!sha\d+:)|^[^\s/@:]*:\S*@(?!sha\d+:)/i;
/** Longest text that is looked at. */
const MAX_LOOKED_AT = 8192;

/**
 * A URL or reference out of an object, fit to be shown: without credentials, which people write before the host. They
 * would end in logs, and in messages to those who may not read the object.
 * @param max longest result before the cut mark
 */
export function shownUrl(text: unknown, max?: number): string {
  const whole = typeof text === 'string' ? text : String(text);
  return clean(whole.slice(0, MAX_LOOKED_AT).replace(USERINFO, '$1…@'), max);
}
