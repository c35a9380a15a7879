import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter } from 'vitest/node';
import { missingTools } from './tools.ts';

/** One line of the table: what chartseal predicted of a client, and what the client did. */
export interface TableRow {
  registry: string;
  case: string;
  client: string;
  predicted: string;
  real: string;
  agrees: boolean;
}

/** What stands in the table where a report predicts nothing. */
export const NOTHING = '(nothing)';

/** The file, in the temporary folder of the run, where suites leave their rows (one JSON a line). */
export const TABLE_FILE = 'table.jsonl';

/** Prints, before vitest's counts, the table of predictions and which programs were missing. */
export class InteropReporter implements Reporter {
  onTestRunEnd(): void {
    const dir = process.env.CHARTSEAL_INTEROP_DIR;
    const file = dir && join(dir, TABLE_FILE);
    if (file && existsSync(file)) {
      const rows = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
      printTable(rows.map((row) => JSON.parse(row) as TableRow));
    }
    for (const { name, reason } of missingTools()) console.log(`NOT TESTED: ${name}: ${reason}`);
  }
}

function printTable(rows: TableRow[]): void {
  const head = ['case', 'client', 'predicted', 'real', ''];
  // The registries agree as a rule: rows that are alike on all of them are printed once.
  const merged = new Map<string, { cells: string[]; registries: string[] }>();
  for (const row of rows) {
    const cells = [
      row.case,
      row.client,
      short(row.predicted),
      short(row.real),
      row.agrees || row.predicted === NOTHING ? '' : 'DIFFERS',
    ];
    const key = cells.join('\0');
    const known = merged.get(key);
    if (known) known.registries.push(row.registry);
    else merged.set(key, { cells, registries: [row.registry] });
  }
  const all = new Set(rows.map((row) => row.registry).filter((name) => name !== 'local')).size;
  const lines = [...merged.values()].map(({ cells, registries }) =>
    registries.length === all || registries[0] === 'local'
      ? cells
      : [...cells.slice(0, 4), `${cells[4]} (${registries.join(', ')})`],
  );
  const widths = head.map((text, i) => Math.max(text.length, ...lines.map((line) => line[i]!.length)));
  const print = (cells: string[]) =>
    console.log(
      cells
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    );
  console.log(`\nWhat chartseal predicts and what real Helm does (${rows.length} runs)`);
  print(head);
  for (const line of lines) print(line);
  const nothing = rows.filter((row) => row.predicted === NOTHING).length;
  console.log(
    `${rows.filter((row) => row.agrees).length} of ${rows.length} agree${nothing ? `, ${nothing} not predicted` : ''}\n`,
  );
}

/** Digests and ports are no use in a table. */
function short(text: string): string {
  const plain = text
    .replace(/sha256:([0-9a-f]{8})[0-9a-f]{56}/g, 'sha256:$1…')
    .replace(/127\.0\.0\.1:\d+/g, 'HOST');
  return plain.length > 90 ? `${plain.slice(0, 89)}…` : plain;
}
