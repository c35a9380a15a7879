import { ChartsealError } from './error.ts';

/** Work that several wait for at the same time. */
export interface Flights<T> {
  /**
   * Joins the work of this key that is under way, or begins it. Whoever gives up (`signal`) leaves alone; the work is
   * told to end when all have left.
   * @returns the result, and whether it was begun for somebody else
   * @throws what the work throws; `registry.cancelled` for who gave up
   */
  join(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ result: T; joined: boolean }>;
}

interface Flight<T> {
  result: Promise<T>;
  waiting: number;
  controller: AbortController;
}

/** For one Node process. Not for workerd, where no request may wait for what another one does. */
export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>();

  const begin = (key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const controller = new AbortController();
    const flight = { result: work(controller.signal), waiting: 0, controller };
    flights.set(key, flight);
    const land = () => forget(key, flight);
    flight.result.then(land, land);
    return flight;
  };
  const forget = (key: string, flight: Flight<T>): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };

  return {
    async join(key, signal, work) {
      const underWay = flights.get(key);
      const flight = underWay ?? begin(key, work);
      flight.waiting++;
      try {
        return { result: await untilAborted(flight.result, signal), joined: underWay !== undefined };
      } finally {
        flight.waiting--;
        if (flight.waiting === 0) {
          // Nobody may join work that is being given up.
          forget(key, flight);
          flight.controller.abort();
        }
      }
    },
  };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () =>
      reject(
        new ChartsealError('registry.cancelled', 'given up before there was an answer', { retryable: true }),
      );
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
