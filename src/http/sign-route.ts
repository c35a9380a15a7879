import { z } from 'zod';
import { ChartsealError } from '../base/error.ts';
import { mapBounded } from '../base/map-bounded.ts';
import { toSafeJson } from '../report/index.ts';
import type { SignRequest, SignResult } from '../signing/index.ts';
import type { AppDependencies } from './dependencies.ts';
import { type Problem, toProblem } from './problem.ts';
import { parseBody, readJson } from './read-json.ts';

/** Characters; as servers take them for a header. */
const MAX_IDENTITY_TOKEN = 16 * 1024;

const text = (max: number) => z.string().min(1).max(max);
const one = {
  reference: text(1000),
  version: text(256).optional(),
  expectedDigest: text(200).optional(),
};
const shared = {
  with: z
    .array(text(100))
    .min(1)
    .max(10)
    .refine((names) => new Set(names).size === names.length, { error: 'a name is there twice' }),
  mode: z.enum(['attach', 'detached']).optional(),
  replace: z.boolean().optional(),
  refuseIfReferrers: z.boolean().optional(),
  // No message shows any of it.
  identityToken: text(MAX_IDENTITY_TOKEN).optional(),
  dryRun: z.boolean().optional(),
};

/** `POST /v1/sign` for one chart. */
const signOneSchema = z.strictObject({ ...one, ...shared });

/** `POST /v1/sign` for many, each named by digest of its own. */
const signManySchema = z.strictObject({
  references: z.array(z.strictObject(one)).min(1),
  ...shared,
});

type Item = { answer: SignResult } | { problem: Problem };

/**
 * Answers `POST /v1/sign`. One chart: 201 when something was written, 200 when nothing had to be (or in a dry run), else
 * a problem. Many: a list of answers and problems in the order asked, with 201 when something was written, 200 when
 * nothing had to be; if there is a problem, the status is the highest of those of the problems, so that nobody takes a
 * part for the whole.
 * @param caller is known, and may ask; whether it may sign is judged by `sign`
 */
export async function signRoute(
  request: Request,
  caller: string,
  requestId: string,
  dependencies: AppDependencies,
  charge: (cost: number) => void,
): Promise<{ response: Response; items: Item[] }> {
  const { config, sign } = dependencies;
  if (sign === undefined) {
    throw new ChartsealError(
      'request.not_found',
      'this service signs nothing: it has no keys under "signing"',
    );
  }
  const body = await readBody(request, config.limits.jsonBytes);
  const visit = { caller, requestId, signal: request.signal };
  if ('reference' in body) {
    charge(1);
    const answer = await sign(body, visit);
    return {
      response: jsonResponse(answer, answer.changed && !answer.dryRun ? 201 : 200),
      items: [{ answer }],
    };
  }

  const { references, ...rest } = body;
  if (references.length > config.limits.references) {
    throw new ChartsealError(
      'request.invalid',
      `${references.length} references were sent, at most ${config.limits.references} are allowed (limits.references)`,
    );
  }
  charge(references.length);
  const orders = references.map((reference): SignRequest => ({ ...reference, ...rest }));
  const items = await mapBounded(orders, config.limits.concurrency, async (order): Promise<Item> => {
    try {
      return { answer: await sign(order, visit) };
    } catch (error) {
      const problem = toProblem(error, requestId);
      if (problem.code === 'internal.error')
        dependencies.log({ level: 'error', message: 'internal error', requestId, error });
      return { problem };
    }
  });
  const list = items.map((item) => ('answer' in item ? item.answer : item.problem));
  return { response: jsonResponse(list, statusOf(items)), items };
}

function statusOf(items: Item[]): number {
  const problems = items.flatMap((item) => ('problem' in item ? [item.problem.status] : []));
  if (problems.length > 0) return Math.max(...problems);
  return items.some((item) => 'answer' in item && item.answer.changed && !item.answer.dryRun) ? 201 : 200;
}

// The shape is chosen by the field that is there, so that a message names the field that is wrong.
async function readBody(request: Request, maxBytes: number) {
  const body = await readJson(request, z.looseObject({}), maxBytes);
  const schema: z.ZodType<z.infer<typeof signOneSchema> | z.infer<typeof signManySchema>> = Object.hasOwn(
    body,
    'references',
  )
    ? signManySchema
    : signOneSchema;
  return parseBody(schema, body);
}

function jsonResponse(body: unknown, status: number): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return new Response(`${toSafeJson(body)}\n`, { status, headers });
}
