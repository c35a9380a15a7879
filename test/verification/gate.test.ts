import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/index.ts';
import { createGate, type Gate, type GateLimits, turnOf } from '../../src/verification/index.ts';
import { failure } from '../oci/support.ts';

const LIMITS: GateLimits = { inFlight: 4, inFlightPerRegistry: 2, waiting: 4 };

/** Enters, and tells whether the turn has come. */
function enter(gate: Gate, registry: string, options: { signal?: AbortSignal; deadlineMs?: number } = {}) {
  const turn = { come: false, leave: () => {}, promise: gate.enter(registry, options) };
  turn.promise.then(
    (leave) => Object.assign(turn, { come: true, leave }),
    () => {},
  );
  return turn;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the gate', () => {
  it('lets so many in for one registry, and others past those that wait', async () => {
    const gate = createGate(LIMITS, () => 0);
    const slow = [enter(gate, 'slow'), enter(gate, 'slow'), enter(gate, 'slow')];
    const other = enter(gate, 'other');
    await settle();
    expect(slow.map(({ come }) => come)).toEqual([true, true, false]);
    expect(other.come).toBe(true);
    slow[0]?.leave();
    await settle();
    expect(slow[2]?.come).toBe(true);
  });

  it('holds the bound over all registries', async () => {
    const gate = createGate({ ...LIMITS, inFlight: 2 }, () => 0);
    const turns = [enter(gate, 'a'), enter(gate, 'b'), enter(gate, 'c'), enter(gate, 'd')];
    await settle();
    expect(turns.map(({ come }) => come)).toEqual([true, true, false, false]);
    turns[1]?.leave();
    turns[1]?.leave();
    await settle();
    expect(turns.map(({ come }) => come)).toEqual([true, true, true, false]);
  });

  it('refuses at once what would have to wait behind too many', async () => {
    const gate = createGate(LIMITS, () => 0);
    for (let i = 0; i < 4; i++) enter(gate, 'slow');
    const refused = await failure(gate.enter('slow'));
    expect(refused).toMatchObject({ code: 'limit.load', retryable: true, retryAfter: 1 });
    expect(enter(gate, 'other').promise).toBeDefined();
    await settle();
  });

  it('refuses at once what would come too late, by how long verifications took', async () => {
    let now = 0;
    const gate = createGate({ inFlight: 1, inFlightPerRegistry: 1, waiting: 10 }, () => now);
    const first = enter(gate, 'slow');
    await settle();
    now = 1000;
    first.leave();
    enter(gate, 'slow');
    await settle();
    expect((await failure(gate.enter('slow', { deadlineMs: 1500 }))).code).toBe('limit.load');
    const patient = enter(gate, 'slow', { deadlineMs: 5000 });
    await settle();
    expect(patient.come).toBe(false);
  });

  it('lets no more wait in all than it may, however many registries they are for', async () => {
    const gate = createGate({ inFlight: 4, inFlightPerRegistry: 2, waiting: 3 }, () => 0);
    for (const registry of ['a', 'a', 'b', 'b']) enter(gate, registry);
    // Two may wait for each registry, and three in all.
    const waiting = ['a', 'a', 'b'].map((registry) => enter(gate, registry));
    expect((await failure(gate.enter('b'))).code).toBe('limit.load');
    await settle();
    expect(waiting.map(({ come }) => come)).toEqual([false, false, false]);
  });

  it('gives a turn back once, however often it is left', async () => {
    const gate = createGate({ inFlight: 1, inFlightPerRegistry: 1, waiting: 2 }, () => 0);
    const first = enter(gate, 'a');
    const others = [enter(gate, 'a'), enter(gate, 'a')];
    await settle();
    first.leave();
    first.leave();
    await settle();
    expect(others.map(({ come }) => come)).toEqual([true, false]);
  });

  it('has one lane for all hosts that a wildcard stands for', async () => {
    const config = { registries: [{ host: 'named.test' }, { host: '*.test' }] } as unknown as Config;
    expect(['named.test', 'a.test', 'b.test'].map((host) => turnOf(config, host))).toEqual([
      'named.test',
      '*',
      '*',
    ]);
  });

  it('forgets who gives up while waiting', async () => {
    const gate = createGate({ inFlight: 1, inFlightPerRegistry: 1, waiting: 1 }, () => 0);
    const first = enter(gate, 'a');
    const controller = new AbortController();
    const impatient = failure(gate.enter('a', { signal: controller.signal }));
    await settle();
    controller.abort();
    expect((await impatient).code).toBe('registry.cancelled');
    const next = enter(gate, 'a');
    await settle();
    first.leave();
    await settle();
    expect(next.come).toBe(true);
  });
});
