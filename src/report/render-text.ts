import type { Check, Evidence } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import { clientTitle } from './client-title.ts';
import { describePolicy } from './describe-policy.ts';
import { describeSigner } from './describe-signer.ts';
import type { ListedProblem, Report, Verdict } from './report.ts';

interface TextOptions {
  /** Use ANSI colours; only for a terminal. Default: false. */
  colour?: boolean;
}

const COLOURS: Record<Verdict, string> = { allow: '32', deny: '31', inconclusive: '33' };
const MARKS: Record<Check['outcome'], string> = { pass: 'pass', fail: 'FAIL', info: 'note' };
const MAX_LINE = 600;

/** The report as a person reads it on a terminal: verdict, what was judged, why, and what Helm and cosign themselves would say. */
export function renderText(report: Report, options: TextOptions = {}): string {
  const paint = (text: string, code: string) => (options.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string) => paint(text, '1');
  const lines: string[] = [];
  const field = (name: string, value: string) => lines.push(`  ${name.padEnd(9)} ${clean(value, MAX_LINE)}`);

  const verdict = paint(bold(report.verdict.toUpperCase()), COLOURS[report.verdict]);
  const suffix =
    report.enforced || report.verdict === 'allow' ? '' : ' (not enforced: the policy only warns)';
  lines.push(`${verdict}  ${clean(report.subject.reference, MAX_LINE)}${suffix}`);
  if (report.subject.pinned) field('pinned', report.subject.pinned);
  const chart = report.subject.chart;
  if (chart) {
    const name = `${chart.name ?? '?'} ${chart.version ?? '?'}`;
    const app = chart.appVersion ? ` (app version ${chart.appVersion})` : '';
    field('chart', `${name}${app}, ${chart.signed ? 'as signed' : 'unsigned text'}`);
    field('archive', `${chart.digest}, ${chart.size} bytes`);
  }
  for (const policy of report.policies) {
    field('policy', `${policy.name} ${describePolicy(policy)}`);
  }
  if (report.policies.length === 0) field('policy', 'none covers this repository');
  if (report.retryable) field('retry', retryText(report.retryAfter));

  lines.push('', bold('Why'));
  for (const reason of report.reasons) {
    const trust = reason.trust ? `${clean(reason.trust)}: ` : '';
    lines.push(
      `  ${reason.code}`,
      `    ${trust}${clean(reason.message, MAX_LINE)}`,
      `    → ${clean(reason.help, MAX_LINE)}`,
    );
  }
  if (report.evidence.length > 0) {
    lines.push('', bold('Signatures'));
    for (const evidence of report.evidence) lines.push(...evidenceLines(evidence));
  }
  if (report.content) {
    lines.push('', bold('Archive'));
    lines.push(...report.content.checks.map(checkLine));
  }
  if (report.clients.length > 0) {
    lines.push('', bold(clientTitle(report.clients)));
    const width =
      Math.max(...report.clients.map(({ client, versions }) => client.length + versions.length)) + 1;
    for (const client of report.clients) {
      const words = client.message ? `  ${clean(client.message, MAX_LINE)}` : '';
      const name = `${client.client} ${client.versions}`.padEnd(width);
      lines.push(`  ${name}  ${client.outcome}${words}`);
    }
  }
  const { stats } = report;
  lines.push(
    '',
    `${stats.registryRequests} registry requests, ${stats.bytes} bytes, ${stats.durationMs} ms, cache ${stats.cache}, report ${report.id}`,
  );
  return `${lines.join('\n')}\n`;
}

/** A problem in a list of reports. */
export function renderTextProblem({ code, detail, help }: ListedProblem): string {
  return `ERROR  ${code}\n  ${clean(detail, MAX_LINE)}\n  → ${clean(help, MAX_LINE)}\n`;
}

function retryText(retryAfter: number | undefined): string {
  return retryAfter === undefined ? 'asking again may help' : `ask again after ${retryAfter} s`;
}

function evidenceLines(evidence: Evidence): string[] {
  const { who, also } = describeSigner(evidence.signer);
  const ids = also.length > 0 ? ` ${also.map((text) => clean(text)).join(', ')}` : '';
  const when = evidence.signedAt ? `, made ${clean(evidence.signedAt)}` : '';
  const held =
    evidence.trustedAs.length > 0
      ? `holds for ${evidence.trustedAs.map((name) => clean(name)).join(', ')}`
      : 'holds for nobody';
  return [
    `  ${evidence.scheme} ${evidence.source.kind} by ${clean(who)}${ids}${when}: ${held}`,
    ...evidence.checks.map((check) => `  ${checkLine(check)}`),
  ];
}

function checkLine(check: Check): string {
  const code = check.code ? ` [${check.code}]` : '';
  return `  ${MARKS[check.outcome]}  ${clean(check.name)}: ${clean(check.message, MAX_LINE)}${code}`;
}
