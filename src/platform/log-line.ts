import { clean } from '../base/text.ts';

const MAX_TEXT = 4000;

/**
 * One structured line for a log: the record as JSON, with the time first. Foreign text in it is made harmless; of an
 * error, name, message and stack are kept.
 * @param time milliseconds since the epoch
 */
export function logLine(record: object, time: number): string {
  const tidy = (_key: string, value: unknown): unknown => {
    if (value instanceof Error) {
      const { name, message, stack, cause } = value;
      return { name, message, stack, ...(cause instanceof Error ? { cause: cause.message } : {}) };
    }
    return typeof value === 'string' ? clean(value, MAX_TEXT) : value;
  };
  return `${JSON.stringify({ time: new Date(time).toISOString(), ...record }, tidy)}\n`;
}
