import type { Io } from '../platform/node/io.ts';
import { mayColour } from '../platform/node/io.ts';
import { type Report, renderText } from '../report/index.ts';
import { DEMO_CHARTS, type DemoChart } from './demo-charts.ts';
import { startDemo } from './start-demo.ts';

/**
 * Judges the six charts over HTTP and prints each report and the command that asks again.
 * @param once end after the reports instead of leaving registry and service running
 * @returns whether every verdict was the expected one
 */
export async function runDemo(once: boolean, io: Io): Promise<boolean> {
  const demo = await startDemo(io.clock);
  try {
    io.stderr.write(`registry at ${demo.registry}, service at ${demo.service}\n`);
    const surprises: string[] = [];
    for (const [index, chart] of DEMO_CHARTS.entries()) {
      const reference = `oci://${demo.registry}/${chart.repository}:${chart.tag}`;
      const report = await ask(demo.service, reference, io.fetch ?? globalThis.fetch);
      const title = `${index + 1}. ${chart.title}`;
      io.stdout.write(`\n${title}\n${'─'.repeat(title.length)}\n`);
      io.stdout.write(renderText(report, { colour: mayColour(io.stdout, io.env) }));
      io.stdout.write(`\n${curlLine(demo.service, reference)}\n`);
      if (!asExpected(chart, report)) {
        const { verdict, code } = chart.expected;
        surprises.push(`${title}: expected ${verdict} (${code}), the service says ${report.verdict}`);
      }
    }
    io.stdout.write('\n');
    for (const surprise of surprises) io.stderr.write(`UNEXPECTED  ${surprise}\n`);
    if (surprises.length === 0) io.stderr.write('all six verdicts are the expected ones\n');
    if (!once) {
      io.stderr.write(`the service stays at ${demo.service}, so the curl lines work; stop with Ctrl-C\n`);
      await io.untilStopped();
    }
    return surprises.length === 0;
  } finally {
    await demo.close();
  }
}

async function ask(service: string, reference: string, fetch: typeof globalThis.fetch): Promise<Report> {
  const response = await fetch(`${service}/v1/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ reference }),
  });
  if (!response.ok) throw new Error(`the service answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Report;
}

function curlLine(service: string, reference: string): string {
  const body = JSON.stringify({ reference });
  return `curl -s '${service}/v1/verify?format=text' -H 'Content-Type: application/json' -d '${body}'`;
}

function asExpected(chart: DemoChart, report: Report): boolean {
  const codes = report.reasons.map((reason) => reason.code);
  return report.verdict === chart.expected.verdict && codes.includes(chart.expected.code);
}
