import type { ChartsealError } from '../base/error.ts';
import type { Check, Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';
import { type ChartMetadata, compareMetadata } from '../chart/index.ts';
import type { Policy } from '../policy/index.ts';
import { matchAskedChart } from '../provenance/index.ts';
import type { Verdict } from '../report/index.ts';
import type { JudgedSubject } from './judged-subject.ts';

interface ContentJudgement {
  /** `allow` also when the archive was not to be read. */
  outcome: Verdict;
  reasons: Reason[];
  checks: Check[];
  retryable: boolean;
  /** Seconds a registry asked to wait. */
  retryAfter?: number | undefined;
}

/** What a trusted key signed, as far as it did. */
interface SignedContent {
  signed: ChartMetadata | undefined;
  /** Why that is not known although it was signed. */
  unread?: ChartsealError | undefined;
  files?: Readonly<Record<string, string>>;
}

/**
 * Judges what reading the archive brought: its traps, whether it is the archive that the manifest names, whether
 * Chart.yaml says what the signed text says, and whether it is the chart asked for.
 */
export function judgeContent(
  subject: JudgedSubject,
  { signed, unread, files = {} }: SignedContent,
  unsafeAllow: Policy['unsafeAllow'],
): ContentJudgement {
  const { content } = subject;
  if (content === undefined) return { outcome: 'allow', reasons: [], checks: [], retryable: false };
  if (!content.ok) {
    const { error } = content;
    const why = reason(error.code, `the archive could not be read: ${error.message}`, { help: error.help });
    const { retryable, retryAfter } = error;
    return { outcome: 'inconclusive', reasons: [why], checks: [], retryable, retryAfter };
  }
  const archive = content.value;
  const checks = [...archive.checks];
  if (archive.digest !== subject.archiveDigest) {
    checks.push(
      fail('archive.digest_mismatch', `the archive read is ${archive.digest}, not ${subject.archiveDigest}`),
    );
  }
  if (archive.metadata.name !== '') {
    checks.push(
      ...compareWithSigned(signed, archive.metadata),
      ...compareWithAsked(subject, archive.metadata, files, unsafeAllow),
    );
  }
  if (signed === undefined && unread?.code === 'manifest.config_unread') {
    checks.push(
      fail('archive.metadata_differs', `nothing that is signed says what the chart is: ${unread.message}`),
    );
  }
  const failed = checks.filter((check) => check.outcome === 'fail');
  // Otherwise whoever keeps the signed config to himself could take the comparison with it away.
  if (signed === undefined && unread !== undefined && failed.length === 0) {
    const { retryable, retryAfter } = unread;
    const message = `the archive could not be compared with the signed config: ${unread.message}`;
    const why = reason(unread.code, message, { help: unread.help });
    return { outcome: 'inconclusive', reasons: [why], checks, retryable, retryAfter };
  }
  return {
    outcome: failed.length > 0 ? 'deny' : 'allow',
    reasons: failed.map((check) => reason(check.code ?? 'archive.invalid', check.message)),
    checks,
    retryable: false,
  };
}

function compareWithSigned(signed: ChartMetadata | undefined, archive: ChartMetadata): Check[] {
  if (signed === undefined) return [];
  const fields = compareMetadata(signed, archive);
  if (fields.length === 0) {
    return [{ name: 'metadata', outcome: 'pass', message: 'Chart.yaml says what the signed text says' }];
  }
  const names = fields.map((field) => clean(field)).join(', ');
  return [fail('archive.metadata_differs', `Chart.yaml differs from the signed text in ${names}`)];
}

// The rule is the same at every depth: where the signed files map names the file that was asked for, with this
// digest, the chart may call itself something else.
function compareWithAsked(
  { archiveDigest, asked }: JudgedSubject,
  { name, version }: ChartMetadata,
  signedFiles: Readonly<Record<string, string>>,
  unsafeAllow: Policy['unsafeAllow'],
): Check[] {
  const files = Object.fromEntries(
    Object.entries(signedFiles).filter(([, digest]) => digest === archiveDigest),
  );
  const match = matchAskedChart({ name, version, files }, archiveDigest, asked, unsafeAllow);
  if (match.holds) {
    const message = `Chart.yaml is that of ${clean(name)} ${clean(version)}, which was asked for`;
    return [{ name: 'asked', outcome: 'pass', message }];
  }
  return match.reasons.map(({ code, message }) => fail(code, `Chart.yaml: ${message}`));
}

function fail(code: Check['code'] & string, message: string): Check {
  return { name: 'content', outcome: 'fail', code, message };
}
