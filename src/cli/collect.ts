/** Reads an option that may be given more than once: all its values, in order. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
