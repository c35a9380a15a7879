/** What cosign says when it refuses, in its words. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }

  /** The same, said by somebody further out, as Go wraps errors. */
  in(context: string): Refusal {
    return new Refusal(`${context}: ${this.message}`);
  }
}

/** What cosign would say cannot be known from what is at hand. */
export class Unknowable extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Unknowable';
  }
}

/** Runs a step; a refusal in it is told with the step's name before it. */
export function within<T>(context: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof Refusal ? error.in(context) : error;
  }
}

/** Several errors as one, in one line; none of them as Go prints it. */
export function joinErrors(messages: readonly string[]): string {
  return messages.length === 0 ? '%!w(<nil>)' : messages.join('; ');
}
