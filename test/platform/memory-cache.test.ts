import { expect, test } from 'vitest';
import { createMemoryCache } from '../../src/platform/memory-cache.ts';

test('values expire by the clock', () => {
  let now = 1000;
  const cache = createMemoryCache<string>({ max: 10, clock: () => now });
  cache.set('a', 'x', 1100);
  cache.set('b', 'y', Number.POSITIVE_INFINITY);
  cache.set('late', 'z', 1000);
  now = 1099;
  expect(cache.get('a')).toBe('x');
  now = 1100;
  expect([cache.get('a'), cache.get('b'), cache.get('late'), cache.get('never')]).toEqual([
    undefined,
    'y',
    undefined,
    undefined,
  ]);
  expect(cache.size).toBe(1);
});

test('what was not used for the longest time makes room', () => {
  const cache = createMemoryCache<number>({ max: 2, clock: () => 0 });
  cache.set('a', 1, 1);
  cache.set('b', 2, 1);
  cache.get('a');
  cache.set('c', 3, 1);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  cache.set('a', 4, 1);
  expect([cache.get('a'), cache.get('c'), cache.size]).toEqual([4, 3, 2]);
  cache.delete('a');
  expect([cache.get('a'), cache.size]).toEqual([undefined, 1]);
});

test('an expired value that is set anew takes no old one with it', () => {
  const cache = createMemoryCache<number>({ max: 1, clock: () => 5 });
  cache.set('a', 1, 9);
  cache.set('a', 2, 5);
  expect([cache.get('a'), cache.size]).toEqual([undefined, 0]);
});

test('a cache for nothing holds nothing', () => {
  const cache = createMemoryCache<number>({ max: 0, clock: () => 0 });
  cache.set('a', 1, 9);
  expect(cache.get('a')).toBeUndefined();
});
