import { runDemo } from '../demo/run-demo.ts';
import type { Io } from '../platform/node/io.ts';
import { EXIT } from './exit-status.ts';

/** `chartseal demo`: the main job on real charts; exit status 1 when a verdict is not the expected one. */
export async function demoCommand(options: { once?: boolean }, io: Io): Promise<number> {
  return (await runDemo(options.once === true, io)) ? EXIT.allow : EXIT.deny;
}
