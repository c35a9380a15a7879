/** Takes lines and writes them together. */
interface LineWriter {
  write(line: string): void;
  /** Writes what is waiting. */
  flush(): void;
}

/**
 * Writes the lines of one turn of the event loop at once: standard error is written synchronously, and a service that
 * answers many requests in a turn would wait for each line.
 */
export function createLineWriter(output: { write(text: string): unknown }): LineWriter {
  let waiting: string[] = [];
  const flush = () => {
    if (waiting.length === 0) return;
    const lines = waiting.join('');
    waiting = [];
    output.write(lines);
  };
  return {
    write(line) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(line);
    },
    flush,
  };
}
