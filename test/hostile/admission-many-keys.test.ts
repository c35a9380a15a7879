import { expect, it } from 'vitest';
import { admissionWorld } from '../admission/support.ts';

// What a template hands to Gatekeeper may come out of a list in an object, of any length. Every key has its error, and
// the log has one line that can be read.

interface Answer {
  items: { key: string; value: unknown; error: string }[];
  systemError: string;
}

it.each(['verify', 'mutate'])('%s of 50,000 keys', async (mode) => {
  const world = await admissionWorld({ admission: { onInconclusive: 'allow' } });
  const keys = Array.from({ length: 50_000 }, (_, i) => `registry.test/charts/app:1.${i}.0`);
  const { items, systemError }: Answer = await world.provide(keys, mode);
  expect([systemError, items.length]).toEqual(['', 50_000]);
  expect(items.map(({ key }) => key)).toEqual(keys);
  expect(items.every(({ value, error }) => value === null && error.includes('limit.charts'))).toBe(true);
  expect(world.registry.requests).toEqual([]);
  expect(JSON.stringify(world.lines).length).toBeLessThan(2000);
});

it('a key of a megabyte is an error of a few words', async () => {
  const world = await admissionWorld();
  for (const mode of ['verify', 'mutate']) {
    const keys = [`oci://registry.test/${'x'.repeat(1024 * 1024)}:1.2.3`];
    const { items }: Answer = await world.provide(keys, mode);
    expect(items[0]?.error).toContain('reference.invalid');
    expect(items[0]?.error.length).toBeLessThan(1000);
    expect(JSON.stringify(world.lines).length).toBeLessThan(4000);
  }
});
