import { basename } from 'node:path';
import type { Io } from '../platform/node/io.ts';
import type { Report } from '../report/index.ts';
import { askServer } from './ask-server.ts';
import { openFetch } from './open-fetch.ts';
import type { Target } from './parse-target.ts';
import { readProvenance } from './read-provenance.ts';
import type { VerifyOptions } from './verify-options.ts';
import { withProgress } from './with-progress.ts';

/** Lets a running service judge; a local archive is sent there with its provenance. */
export async function verifyAtServer(
  target: Target,
  server: string,
  options: VerifyOptions,
  io: Io,
): Promise<Report> {
  const host = URL.canParse(server) ? new URL(server).host : server;
  const { fetch, close } = await openFetch({ host, caFile: options.caFile }, io);
  try {
    const { policy, reference, version, depth } = options;
    const question =
      target.kind === 'reference'
        ? { kind: 'reference' as const, reference: target.text, version, policy, depth }
        : {
            kind: 'files' as const,
            chart: target.path,
            reference,
            policy,
            ...(await provenanceOf(target.path, options, io)),
          };
    return await withProgress(host, io, () => askServer(server, question, io, fetch));
  } finally {
    await close();
  }
}

async function provenanceOf(chart: string, options: VerifyOptions, io: Io) {
  const { name, bytes } = await readProvenance(chart, options.provenance, io.cwd);
  return { provenance: bytes, provenanceName: basename(name) };
}
