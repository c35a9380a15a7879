import type { Check } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import { clientTitle } from './client-title.ts';
import { describePolicy } from './describe-policy.ts';
import { describeSigner } from './describe-signer.ts';
import type { ListedProblem, Report } from './report.ts';

const MAX_LINE = 600;

/** The report as GitHub-flavoured Markdown, for a job summary or a pull request comment. */
export function renderMarkdown(report: Report): string {
  const lines: string[] = [];
  lines.push(`## chartseal: ${report.verdict}`, '');
  lines.push(`- reference: ${code(report.subject.reference)}`);
  if (report.subject.pinned) lines.push(`- pinned: ${code(report.subject.pinned)}`);
  const chart = report.subject.chart;
  if (chart) {
    const status = chart.signed ? 'as signed' : 'unsigned text';
    lines.push(`- chart: ${code(`${chart.name ?? '?'} ${chart.version ?? '?'}`)}, ${status}`);
    lines.push(`- archive: ${code(chart.digest)}, ${chart.size} bytes`);
  }
  for (const policy of report.policies) {
    lines.push(`- policy: ${code(policy.name)} ${describePolicy(policy)}`);
  }
  if (!report.enforced && report.verdict !== 'allow') lines.push('- not enforced: the policy only warns');
  if (report.retryable) lines.push('- asking again may help');
  lines.push('', '### Why', '');
  for (const reason of report.reasons) {
    const trust = reason.trust ? `${code(reason.trust)}: ` : '';
    lines.push(`- **${code(reason.code)}** ${trust}${prose(reason.message)}`, `  - ${prose(reason.help)}`);
  }
  if (report.evidence.length > 0) {
    lines.push('', '### Signatures', '');
    for (const evidence of report.evidence) {
      const { who, also } = describeSigner(evidence.signer);
      const ids = also.map((text) => ` ${code(text)}`).join(',');
      const held = evidence.trustedAs.map(code).join(', ') || 'nobody';
      lines.push(`- ${evidence.scheme} ${evidence.source.kind} by ${code(who)}${ids}: holds for ${held}`);
      lines.push(...evidence.checks.map((check) => `  ${checkLine(check)}`));
    }
  }
  if (report.content) {
    lines.push('', '### Archive', '', ...report.content.checks.map(checkLine));
  }
  if (report.clients.length > 0) {
    lines.push('', `### ${clientTitle(report.clients)}`, '');
    for (const client of report.clients) {
      const words = client.message ? ` ${code(client.message)}` : '';
      lines.push(`- ${client.client} ${code(client.versions)}: ${client.outcome}${words}`);
    }
  }
  lines.push('', `Report ${code(report.id)}, verified ${code(report.verifiedAt)}`);
  return `${lines.join('\n')}\n`;
}

/** A problem in a list of reports, in the same way. */
export function renderMarkdownProblem({ code: name, detail, help }: ListedProblem): string {
  return `## chartseal: error\n\n- **${code(name)}** ${prose(detail)}\n  - ${prose(help)}\n`;
}

function checkLine(check: Check): string {
  return `- ${check.outcome}: ${prose(`${check.name}: ${check.message}`)}`;
}

/** A code span that its content cannot leave: its fence is longer than any run of backticks inside. */
function code(text: string): string {
  const safe = clean(text, MAX_LINE);
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = safe === '' || safe.startsWith('`') || safe.endsWith('`') || /^ .* $/.test(safe) ? ' ' : '';
  return `${fence}${pad}${safe}${pad}${fence}`;
}

// Words that could become links, mentions, references, emphasis, images or HTML go into code spans, where GitHub
// neither links nor mentions; all other punctuation that Markdown reads is written as character references.
function prose(text: string): string {
  return clean(text, MAX_LINE)
    .split(' ')
    .map((word) => (/[@#`<>[\]/\\]|www\.|:\/\//.test(word) ? code(word) : escapeWord(word)))
    .join(' ');
}

function escapeWord(word: string): string {
  return word.replace(/[&*_~|!(){}]/g, (char) => `&#${char.charCodeAt(0)};`);
}
