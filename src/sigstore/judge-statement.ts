import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type Check, fail, pass } from './check.ts';
import type { Statement } from './read-statement.ts';
import type { SigstoreTrust } from './trust.ts';

/**
 * Does what was signed speak of this digest, as the kind of statement and with the annotations that a trust entry asks
 * for? Every subject is looked at, and any of them will do.
 * @param statement or why it cannot be read
 * @param digest `sha256:…`
 */
export function judgeStatement(
  statement: Statement | ChartsealError,
  trust: SigstoreTrust,
  digest: string,
): Check[] {
  if (statement instanceof ChartsealError) return [fail('statement', statement.code, statement.message)];
  const { predicateType, subjects } = statement;
  const hex = digest.slice('sha256:'.length);
  const ours = subjects.filter(({ sha256 }) => sha256 === hex);
  const checks: Check[] = [];
  if (ours.length === 0) {
    const signed = subjects
      .slice(0, 3)
      .map(({ sha256 }) => (sha256 === '' ? 'no sha256' : `sha256:${sha256}`));
    const more = subjects.length > 3 ? ` and ${subjects.length - 3} more` : '';
    checks.push(
      fail(
        'subject',
        'sigstore.subject_mismatch',
        `it signs ${clean(signed.join(', '))}${more}, not ${digest}`,
      ),
    );
  } else {
    checks.push(pass('subject', `it signs ${digest}`));
  }
  const shown = clean(predicateType);
  if (trust.predicateTypes.includes(predicateType)) checks.push(pass('predicate-type', `it is a ${shown}`));
  else {
    const wanted = trust.predicateTypes.map((type) => clean(type)).join(', ');
    checks.push(
      fail('predicate-type', 'sigstore.predicate_type', `it is a ${shown}, and ${wanted} is asked for`),
    );
  }
  if (trust.annotations.size > 0 && ours.length > 0) checks.push(judgeAnnotations(ours, trust));
  return checks;
}

// Those of one subject together: annotations of another subject are not said of this one.
function judgeAnnotations(ours: Statement['subjects'], { annotations }: SigstoreTrust): Check {
  const missing = ours.map((subject) =>
    [...annotations].filter(
      ([name, value]) => !Object.hasOwn(subject.annotations, name) || subject.annotations[name] !== value,
    ),
  );
  const [closest] = missing.sort((a, b) => a.length - b.length);
  if (closest === undefined || closest.length === 0)
    return pass('annotations', 'the annotations asked for are signed');
  const names = closest.map(([name, value]) => `${name}=${value}`).join(', ');
  return fail('annotations', 'sigstore.annotation_mismatch', `it does not sign ${clean(names)}`);
}
