import { describe, expect, it } from 'vitest';
import { createFlights } from '../../src/base/flights.ts';
import { failure } from '../oci/support.ts';

/** Work that does not listen to its signal, and ends when the test says so. */
function world() {
  const flights = createFlights<string>();
  const works: { signal: AbortSignal; end: (result: string) => void }[] = [];
  const join = (signal?: AbortSignal) =>
    flights.join('key', signal, (given) => new Promise((end) => works.push({ signal: given, end })));
  return { works, join };
}

describe('work that several wait for', () => {
  it('is joined by nobody once it is given up, also while it still runs', async () => {
    const { works, join } = world();
    const gone = new AbortController();
    const first = failure(join(gone.signal));
    gone.abort();
    expect((await first).code).toBe('registry.cancelled');
    const second = join();
    expect(works).toHaveLength(2);
    expect(works.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    // The end of what was given up is not taken for the end of the other.
    works[0]?.end('old');
    await new Promise((resolve) => setImmediate(resolve));
    const third = join();
    expect(works).toHaveLength(2);
    works[1]?.end('new');
    expect(await Promise.all([second, third])).toEqual([
      { result: 'new', joined: false },
      { result: 'new', joined: true },
    ]);
  });

  it('is not waited for by who has gone already', async () => {
    const { works, join } = world();
    const others = join();
    expect((await failure(join(AbortSignal.abort()))).code).toBe('registry.cancelled');
    expect(works[0]?.signal.aborted).toBe(false);
    works[0]?.end('there');
    expect((await others).result).toBe('there');
  });
});
