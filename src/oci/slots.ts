/** Lets at most so many pieces of work run at the same time; the others wait in order. */
export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** @param count how many may run at once, at least 1 */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  const take = () =>
    free > 0 ? Promise.resolve(void free--) : new Promise<void>((resolve) => waiting.push(resolve));
  const give = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    async run(work) {
      await take();
      try {
        return await work();
      } finally {
        give();
      }
    },
  };
}
