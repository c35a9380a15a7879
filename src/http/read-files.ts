import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

/** The parts of a multipart body with a chart. */
interface UploadedFiles<T> {
  /** What `readChart` made of the part `chart`. */
  chart: { fileName: string; value: T };
  provenance: Uint8Array | undefined;
  reference: string | undefined;
  policy: string | undefined;
}

interface UploadLimits {
  /** Whole body, bytes. */
  total: number;
  provenance: number;
}

const FIELDS = ['reference', 'policy'];
const MAX_FIELD = 4096;

/**
 * Reads a multipart/form-data body as a stream: the part `chart` is handed on while it arrives and never held whole,
 * `provenance` is read within its limit. The order of the parts does not matter; each may come once.
 * @throws ChartsealError `request.invalid`, `request.too_large`
 */
export async function readFiles<T>(
  request: Request,
  limits: UploadLimits,
  readChart: (stream: ReadableStream<Uint8Array>) => Promise<T>,
): Promise<UploadedFiles<T>> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType) || request.body === null) {
    throw invalid('the body is not multipart/form-data with the parts chart and provenance');
  }
  const seen = new Set<string>();
  const fields = new Map<string, string>();
  let chart: Promise<{ fileName: string; value: T }> | undefined;
  let provenance: Promise<Uint8Array> | undefined;
  const whenGivenUp = new Set<(error: Error) => void>();
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  const isNew = (name: string) => {
    if (seen.has(name)) fail(invalid(`the part "${name}" is there twice`));
    else seen.add(name);
    return failure === undefined;
  };

  let parser: BusboyInstance;
  try {
    parser = new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name === 'chart' || name === 'provenance',
      limits: {
        fieldSize: MAX_FIELD,
        fields: FIELDS.length,
        files: 2,
        parts: 8,
        headerPairs: 20,
        headerSize: 8192,
      },
    });
  } catch (cause) {
    throw new ChartsealError('request.invalid', 'the Content-Type names no usable boundary', { cause });
  }
  const finished = new Promise<void>((resolve) => {
    parser.on('finish', () => resolve());
    parser.on('error', (cause) => {
      fail(endsEarly(cause));
      resolve();
    });
  });
  parser.on('file', (name: string, stream: NodeStream, fileName: string | undefined) => {
    if (name === 'chart' && fileName === undefined) fail(invalid('the part "chart" has no file name'));
    if (!isNew(name)) {
      stream.on('error', () => {});
      stream.resume();
    } else if (name === 'chart') {
      chart = readChart(toWebStream(stream, whenGivenUp)).then((value) => ({
        fileName: fileName ?? '',
        value,
      }));
      chart.catch(fail);
    } else {
      provenance = readAll(toWebStream(stream, whenGivenUp), limits.provenance);
      provenance.catch(fail);
    }
  });
  parser.on('field', (name: string | undefined, value: string, _nameCut: boolean, valueCut: boolean) => {
    if (name === undefined) fail(invalid('there is a part without a name'));
    else if (!FIELDS.includes(name))
      fail(
        invalid(`there is no part "${clean(name, 60)}"; the parts are chart, provenance, reference, policy`),
      );
    else if (valueCut) fail(invalid(`the part "${name}" is longer than ${MAX_FIELD} bytes`));
    else if (isNew(name)) fields.set(name, value);
  });
  parser.on('filesLimit', () => fail(invalid('there are more than two files')));
  parser.on('fieldsLimit', () => fail(invalid('there are too many fields')));
  parser.on('partsLimit', () => fail(invalid('there are too many parts')));

  let total = 0;
  for await (const chunk of bodyOf(request.body, fail)) {
    total += chunk.byteLength;
    if (total > limits.total)
      fail(
        new ChartsealError(
          'request.too_large',
          `the body is larger than ${limits.total} bytes (limits.filesBytes)`,
        ),
      );
    if (failure !== undefined) break;
    if (!parser.write(chunk)) await new Promise<void>((resolve) => whenDrained(parser, resolve));
  }
  if (failure === undefined) {
    parser.end();
    await finished;
  }
  if (failure !== undefined) {
    const error = failure;
    for (const giveUp of whenGivenUp) giveUp(error instanceof Error ? error : endsEarly(error));
    parser.destroy();
    throw error;
  }
  if (chart === undefined) throw invalid('there is no part "chart" with the archive');
  const [readyChart, readyProvenance] = await Promise.all([chart, provenance]);
  return {
    chart: readyChart,
    provenance: readyProvenance,
    reference: fields.get('reference'),
    policy: fields.get('policy'),
  };
}

// A client that goes away in the middle of its body is a failure like any other: what reads the parts has to end too.
async function* bodyOf(body: ReadableStream<Uint8Array>, fail: (error: unknown) => void) {
  try {
    for await (const chunk of body) yield chunk;
  } catch (cause) {
    fail(endsEarly(cause));
  }
}

// What is used of Node's Readable, which runs on workerd as well.
interface NodeStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (cause: unknown) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  removeAllListeners(event: 'data'): unknown;
}

function whenDrained(parser: BusboyInstance, resolve: () => void): void {
  const done = () => {
    parser.removeListener('drain', done);
    parser.removeListener('error', done);
    parser.removeListener('finish', done);
    resolve();
  };
  parser.on('drain', done);
  parser.on('error', done);
  parser.on('finish', done);
}

// A part that its reader gives up flows on unread: the parser waits for every part to be taken.
function toWebStream(
  stream: NodeStream,
  whenGivenUp: Set<(error: Error) => void>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true;
      const fail = (error: unknown) => {
        if (open) controller.error(error);
        open = false;
      };
      whenGivenUp.add(fail);
      stream.on('data', (chunk) => {
        // What was buffered before the part was given up still comes.
        if (!open) return;
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) stream.pause();
      });
      stream.on('end', () => {
        if (open) controller.close();
        open = false;
      });
      stream.on('error', () => fail(endsEarly()));
    },
    pull() {
      stream.resume();
    },
    cancel() {
      stream.removeAllListeners('data');
      stream.resume();
    },
  });
}

async function readAll(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new ChartsealError(
        'request.too_large',
        `the provenance is larger than ${maxBytes} bytes (limits.provenanceBytes)`,
      );
    }
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function endsEarly(cause?: unknown): ChartsealError {
  return new ChartsealError('request.invalid', 'the multipart body is malformed or ends early', { cause });
}

function invalid(message: string): ChartsealError {
  return new ChartsealError('request.invalid', message);
}
