import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

/** The parts of a multipart body with a chart. */
export interface UploadedFiles<T> {
  /** What `readChart` made of the part `chart`. */
  chart: { fileName: string; value: T };
  provenance: Uint8Array | undefined;
  reference: string | undefined;
  policy: string | undefined;
}

export interface UploadLimits {
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
  let failure: ChartsealError | undefined;
  const fail = (error: ChartsealError) => {
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
      limits: { fieldSize: MAX_FIELD, fields: FIELDS.length, files: 2, parts: 8, headerPairs: 20, headerSize: 8192 },
    });
  } catch (cause) {
    throw new ChartsealError('request.invalid', 'the Content-Type names no usable boundary', { cause });
  }
  const finished = new Promise<void>((resolve) => {
    parser.on('finish', () => resolve());
    parser.on('error', (cause) => {
      fail(new ChartsealError('request.invalid', 'the multipart body is malformed or ends early', { cause }));
      resolve();
    });
  });
  parser.on('file', (name: string, stream: NodeStream, fileName: string) => {
    if (!isNew(name)) {
      stream.resume();
    } else if (name === 'chart') {
      chart = readChart(toWebStream(stream)).then((value) => ({ fileName, value }));
      chart.catch(() => stream.resume());
    } else {
      provenance = readAll(stream, limits.provenance);
      provenance.catch(() => stream.resume());
    }
  });
  parser.on('field', (name: string, value: string, _nameCut: boolean, valueCut: boolean) => {
    if (!FIELDS.includes(name)) fail(invalid(`there is no part "${clean(name, 60)}"; the parts are chart, provenance, reference, policy`));
    else if (valueCut) fail(invalid(`the part "${name}" is longer than ${MAX_FIELD} bytes`));
    else if (isNew(name)) fields.set(name, value);
  });
  parser.on('filesLimit', () => fail(invalid('there are more than two files')));
  parser.on('fieldsLimit', () => fail(invalid('there are too many fields')));
  parser.on('partsLimit', () => fail(invalid('there are too many parts')));

  let total = 0;
  for await (const chunk of request.body) {
    total += chunk.byteLength;
    if (total > limits.total) fail(new ChartsealError('request.too_large', `the body is larger than ${limits.total} bytes (limits.filesBytes)`));
    if (failure !== undefined) break;
    if (!parser.write(chunk)) await new Promise<void>((resolve) => whenDrained(parser, resolve));
  }
  if (failure === undefined) parser.end();
  else parser.destroy();
  if (failure === undefined) await finished;
  if (failure !== undefined) throw failure;
  if (chart === undefined) throw invalid('there is no part "chart" with the archive');
  const [readyChart, readyProvenance] = await Promise.all([chart, provenance]);
  return {
    chart: readyChart,
    provenance: readyProvenance,
    reference: fields.get('reference'),
    policy: fields.get('policy'),
  };
}

interface NodeStream extends AsyncIterable<Uint8Array> {
  resume(): unknown;
  destroy(): unknown;
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

function toWebStream(stream: NodeStream): ReadableStream<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      async cancel() {
        stream.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

async function readAll(stream: NodeStream, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new ChartsealError('request.too_large', `the provenance is larger than ${maxBytes} bytes (limits.provenanceBytes)`);
    }
    chunks.push(new Uint8Array(chunk));
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function invalid(message: string): ChartsealError {
  return new ChartsealError('request.invalid', message);
}
