import { openAsBlob } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import type { Report } from '../report/index.ts';
import { fileTrouble } from './files.ts';
import { jsonBody, postToServer, type ServerBody } from './post-to-server.ts';

/** What is asked of a running service. */
type ServerQuestion =
  | {
      kind: 'reference';
      reference: string;
      version?: string | undefined;
      policy?: string | undefined;
      depth?: string | undefined;
    }
  | {
      kind: 'files';
      chart: string;
      provenance: Uint8Array | undefined;
      provenanceName: string;
      reference?: string | undefined;
      policy?: string | undefined;
    };

/**
 * Asks a running service (`--server URL`) and gives its report. The token is taken from CHARTSEAL_TOKEN; it follows
 * no redirect.
 * @throws ChartsealError the service's own problem by its code, `server.unavailable`, `server.protocol`
 */
export async function askServer(
  server: string,
  question: ServerQuestion,
  io: Io,
  fetch: typeof globalThis.fetch,
): Promise<Report> {
  if (question.kind === 'files') {
    const body = await form(question, io);
    return postToServer(server, { path: 'v1/verify/files', body, isAnswer: isReport }, io, fetch);
  }
  const { reference, version, policy, depth } = question;
  const body = jsonBody({ reference, version, policy, depth });
  return postToServer(server, { path: 'v1/verify', body, isAnswer: isReport }, io, fetch);
}

async function form(question: ServerQuestion & { kind: 'files' }, io: Io): Promise<ServerBody> {
  const data = new FormData();
  try {
    data.set('chart', await openAsBlob(resolve(io.cwd, question.chart)), basename(question.chart));
  } catch (error) {
    throw new ChartsealError('file.unreadable', `${clean(question.chart)}: ${fileTrouble(error)}`, {
      cause: error,
    });
  }
  if (question.provenance) {
    data.set('provenance', new Blob([new Uint8Array(question.provenance)]), question.provenanceName);
  }
  if (question.reference !== undefined) data.set('reference', question.reference);
  if (question.policy !== undefined) data.set('policy', question.policy);
  const encoded = new Response(data);
  return {
    type: encoded.headers.get('content-type') ?? '',
    bytes: new Uint8Array(await encoded.arrayBuffer()),
  };
}

function isReport(answer: unknown): answer is Report {
  const body = answer as Record<string, unknown> | null;
  const verdict = body?.verdict;
  return (
    body?.kind === 'VerificationReport' &&
    body.apiVersion === 'chartseal.dev/v1' &&
    (verdict === 'allow' || verdict === 'deny' || verdict === 'inconclusive') &&
    typeof body.enforced === 'boolean' &&
    typeof body.subject === 'object'
  );
}
