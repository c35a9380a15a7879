import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { credentialsFor, mayPush, unauthorized } from './authorize.ts';
import { readBody } from './body.ts';
import type { Answer, Question } from './exchange.ts';
import { isWrite } from './exchange.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { discard } from './send.ts';
import { withoutSecrets } from './without-secrets.ts';
import type { Work } from './work.ts';

/** The error for an answer that is not accepted, with what the registry says of it. Reads and ends the body. */
export async function statusError(work: Work, question: Question, answer: Answer): Promise<ChartsealError> {
  const { response, redirectedTo } = answer;
  const { status } = response;
  const what =
    redirectedTo === undefined ? question.what : `${question.what} (redirected to ${clean(redirectedTo)})`;
  const after = retryAfterSeconds(response, work.clock());
  const retry = { retryable: true, ...(after === undefined ? {} : { retryAfter: after }) };
  const said = await readErrors(work, question, response);
  const failed = `${what}: answered ${status}${said}`;
  const judged = redirectedTo === undefined ? question.judge?.(status, said) : undefined;
  if (judged !== undefined) return judged;
  const write = isWrite(question);
  if (status === 401 && redirectedTo === undefined) {
    const had = (await credentialsFor(work, question.registry, question.repository)) !== undefined;
    return unauthorized(work, question.registry, what, had);
  }
  if (status === 401 || status === 403) {
    return new ChartsealError(
      'registry.unauthorized',
      failed,
      write ? { help: mayPush(question.registry) } : {},
    );
  }
  if (status === 404) return new ChartsealError(question.missing, `${what}: not there${said}`);
  if (status === 429) return new ChartsealError('registry.rate_limited', failed, retry);
  if (status >= 500) return new ChartsealError('registry.unavailable', failed, retry);
  const refused = write && status >= 400;
  return new ChartsealError(refused ? 'registry.upload_refused' : 'registry.protocol', failed);
}

// distribution spec, "Error Codes": {"errors": [{"code", "message", "detail"}]}. What is not that is not shown.
async function readErrors(work: Work, question: Question, response: Response): Promise<string> {
  if (question.method === 'HEAD' || !/json/i.test(response.headers.get('content-type') ?? '')) {
    discard(response);
    return '';
  }
  try {
    const limit = { max: work.limits.errorBytes, limit: 'errorBytes', what: question.what };
    const body = JSON.parse(new TextDecoder().decode(await readBody(work, response, limit)));
    const first: unknown = body?.errors?.[0];
    const { code, message } = (first ?? {}) as { code?: unknown; message?: unknown };
    const words = [code, message].filter((one) => typeof one === 'string' && one !== '');
    if (words.length === 0) return '';
    const credentials = await credentialsFor(work, question.registry, question.repository);
    return ` (${words.map((one) => clean(withoutSecrets(work, credentials, one as string))).join(': ')})`;
  } catch {
    // The status says enough; a broken error body must not hide it.
    return '';
  }
}
