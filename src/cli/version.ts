import { VERSION } from '../base/version.ts';
import type { Io } from '../platform/node/io.ts';

/** `chartseal version`: its own version, for people or as JSON. */
export function versionCommand(options: { json?: boolean }, io: Io): number {
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ name: 'chartseal', version: VERSION, node: process.versions.node })}\n`
      : `chartseal ${VERSION}\n`,
  );
  return 0;
}
