import { ChartsealError } from '../../base/error.ts';
import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import type { ServiceAnswer } from './ask-service.ts';
import { hideSecrets } from './hide-secrets.ts';

/**
 * The JSON object of an answer.
 * @throws ChartsealError sign.service_refused when it is none
 */
export function answerJson(what: string, { bytes }: ServiceAnswer): Record<string, unknown> {
  const value = parse(bytes);
  if (isObject(value)) return value;
  throw unlike(what, 'no JSON object');
}

/** An own field that is an object; undefined otherwise. */
export function objectAt(value: unknown, name: string): Record<string, unknown> | undefined {
  const found = fieldAt(value, name);
  return isObject(found) ? found : undefined;
}

/** An own field; undefined otherwise. */
export function fieldAt(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The error that an answer is something else than it should be. */
export function unlike(what: string, why: string): ChartsealError {
  return new ChartsealError(
    'sign.service_refused',
    `${what} answered with something else than it should: ${why}`,
    { help: 'Check that the address in the signing config is that of such a service, and its version.' },
  );
}

/**
 * What a service says about a request that it refuses: its message if it sends JSON, else its text, in one line, cut,
 * without the secrets that it was sent.
 */
function wordsOf({ bytes }: ServiceAnswer, secrets: readonly string[] = []): string {
  const json = parse(bytes);
  const message = fieldAt(json, 'message') ?? fieldAt(json, 'error');
  const text =
    typeof message === 'string'
      ? message
      : new TextDecoder().decode(bytes.subarray(0, MAX_WORDS)).replace(/<[^>]*>/g, ' ');
  // Hidden before it is cut: a half of a secret would not be known any more.
  return clean(hideSecrets(text.slice(0, MAX_WORDS), secrets).replace(/\s+/g, ' ').trim(), 300);
}

/** The error for a request that was refused. */
export function refusal(what: string, answer: ServiceAnswer, secrets?: readonly string[]): ChartsealError {
  return new ChartsealError('sign.service_refused', saying(what, answer, secrets));
}

/** `WHAT answered STATUS: WORDS`. */
export function saying(what: string, answer: ServiceAnswer, secrets: readonly string[] = []): string {
  const words = wordsOf(answer, secrets);
  return `${what} answered ${answer.status}${words === '' ? '' : `: ${words}`}`;
}

const MAX_WORDS = 4096;

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
