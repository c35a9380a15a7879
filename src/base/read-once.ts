type Result<T> = { value: T } | { error: unknown };

/**
 * Makes a reader that reads each object once and remembers what came of it, for as long as the object lives. Objects are
 * told apart by what they are, not by what they hold, so none may change.
 * @param read may throw or give a promise; that is remembered, too
 */
export function createReadOnce<K extends object, T>(read: (from: K) => T): (from: K) => T {
  const known = new WeakMap<K, Result<T>>();
  return (from) => {
    let result = known.get(from);
    if (result === undefined) {
      result = resultOf(() => read(from));
      known.set(from, result);
    }
    if ('error' in result) throw result.error;
    return result.value;
  };
}

function resultOf<T>(read: () => T): Result<T> {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}
