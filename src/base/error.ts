import type { Code } from './codes.ts';
import { CODES } from './codes.ts';

/** What may stand beside the code of an error. */
export interface ChartsealErrorOptions {
  /** Would the same call, made again later, perhaps succeed? Default: false. */
  retryable?: boolean;
  /** Seconds after which a registry asked to be tried again (its Retry-After). */
  retryAfter?: number;
  /** What to do now; the code's own remedy from the table when absent. */
  help?: string;
  cause?: unknown;
}

/**
 * The only error chartseal throws on purpose. `code` is stable and listed in `codes.ts`; `message` says what
 * happened to which object and holds no secret. Text that comes from outside is passed through `clean()` by the
 * one who puts it into the message.
 */
export class ChartsealError extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly help: string;

  constructor(code: Code, message: string, options: ChartsealErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChartsealError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfter = options.retryAfter;
    this.help = options.help ?? CODES[code].help;
  }
}
