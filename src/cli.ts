#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { isatty } from 'node:tty';
import { keepCompiledCode } from './platform/node/keep-compiled-code.ts';

// Before anything else is loaded, and nothing else is: what the imports of this file load is compiled before it runs.
keepCompiledCode(process.env);
const { run } = await import('./cli/run.ts');
const { newId } = await import('./platform/new-id.ts');

// Whoever reads may have heard enough (`chartseal verify … | head -1`); the exit status still tells the verdict.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  clock: Date.now,
  newId: () => newId(Date.now),
  random: randomBytes,
  untilStopped,
  ...(isatty(0) ? { ask } : { readStdin }),
});

// The first signal asks to stop, a second one does not wait.
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function ask(question: string, options?: { hidden?: boolean }): Promise<string | undefined> {
  const { askTerminal } = await import('./platform/node/ask-terminal.ts');
  return askTerminal(question, options);
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
