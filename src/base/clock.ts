/** Milliseconds since the epoch. Injected everywhere, so that tests and reports do not depend on the date. */
export type Clock = () => number;
