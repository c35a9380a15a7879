import { clean } from '../base/text.ts';
import { type Io, mayColour } from '../platform/node/io.ts';
import { findFormat, type Report, renderText } from '../report/index.ts';
import { exitStatusOfReport } from './exit-status.ts';

/**
 * Writes the report to stdout in the format asked for; a verdict that is not enforced also goes to stderr, as the
 * exit status hides it.
 * @returns the exit status
 */
export function showReport(report: Report, format: string, io: Io): number {
  const text =
    format === 'text'
      ? renderText(report, { colour: mayColour(io.stdout, io.env) })
      : findFormat(format)!.render(report);
  io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  if (!report.enforced && report.verdict !== 'allow') {
    const policy = report.policy === null ? 'the policy' : `policy ${clean(report.policy.name)}`;
    io.stderr.write(
      `warning: the verdict is ${report.verdict}, but ${policy} only warns (mode: warn), so the exit status is 0\n`,
    );
  }
  return exitStatusOfReport(report);
}
