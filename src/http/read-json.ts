import type { ZodType, z } from 'zod';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

/**
 * Reads a JSON body, whatever its Content-Type, within a limit.
 * @throws ChartsealError `request.too_large`; `request.invalid` naming the field, what was found and what is allowed
 */
export async function readJson<T>(request: Request, schema: ZodType<T>, maxBytes: number): Promise<T> {
  const text = await readText(request, maxBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ChartsealError('request.invalid', 'the body is not JSON', { cause });
  }
  return parseBody(schema, value);
}

/**
 * Holds what a body says to a schema.
 * @throws ChartsealError `request.invalid` naming the field, what was found and what is allowed
 */
export function parseBody<T>(schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map((part) => clean(String(part), 60)).join('.') || 'the body';
    return `${path}: ${wordsOf(issue)}`;
  });
  throw new ChartsealError('request.invalid', problems.join('; '));
}

// zod's own words for the slips that callers make most are those of its authors to each other.
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `unknown field ${issue.keys.map((key) => `"${clean(key, 60)}"`).join(', ')}`;
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'missing';
  if (issue.code === 'invalid_type') return `must be ${TYPES[issue.expected] ?? `of type ${issue.expected}`}`;
  if (issue.code === 'invalid_union') return 'has none of the forms that are allowed';
  return clean(issue.message);
}

const TYPES: Partial<Record<string, string>> = {
  array: 'a list: […]',
  object: 'an object: {…}',
  string: 'a text: "…"',
  boolean: 'true or false',
};

async function readText(request: Request, maxBytes: number): Promise<string> {
  const length = request.headers.get('content-length');
  const announced = Number(length ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  // A server hands over no more than was announced. Read whole it spares a stream, which on Node costs more than all
  // the rest of a cached verdict.
  if (length !== null && Number.isInteger(announced)) {
    const text = await request.text();
    if (text.length > maxBytes) throw tooLarge(maxBytes);
    return text;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    throw new ChartsealError('request.invalid', 'the body ends early', { cause: error });
  }
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function tooLarge(maxBytes: number): ChartsealError {
  return new ChartsealError('request.too_large', `the body is larger than ${maxBytes} bytes`);
}
