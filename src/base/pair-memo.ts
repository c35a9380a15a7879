/**
 * Remembers what was computed for two objects, for as long as both live. The objects are told apart by what they are, not
 * by what they hold, so neither may change.
 */
export function createPairMemo<A extends object, B extends object, T>(): (a: A, b: B, compute: () => T) => T {
  const known = new WeakMap<A, WeakMap<B, { value: T }>>();
  return (a, b, compute) => {
    let ofA = known.get(a);
    if (ofA === undefined) {
      ofA = new WeakMap();
      known.set(a, ofA);
    }
    let one = ofA.get(b);
    if (one === undefined) {
      one = { value: compute() };
      ofA.set(b, one);
    }
    return one.value;
  };
}
