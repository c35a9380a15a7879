/** A figure with what is asked of it. */
export interface Goal {
  what: string;
  /** What was measured; undefined: it was not. */
  value: number | undefined;
  unit: '×' | 'ms' | 'KiB';
  atMost?: number;
  atLeast?: number;
  below?: number;
}

/** The middle of a list; NaN of none. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Rows in columns; the first is text, the others are figures. */
export function printTable(title: string, head: string[], rows: string[][]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  console.log(`\n${title}\n`);
  for (const row of all) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}

/** Each goal, what came out, and whether that is enough. */
export function printGoals(goals: Goal[]): void {
  const rows = goals.map((goal) => {
    const { value } = goal;
    if (value === undefined) return [goal.what, 'not measured', limitOf(goal), ''];
    const enough = isMet(goal, value);
    return [goal.what, `${figure(value)} ${goal.unit}`, limitOf(goal), enough ? 'met' : 'NOT MET'];
  });
  printTable('Goals', ['', 'measured', 'goal', ''], rows);
}

function isMet({ atMost, atLeast, below }: Goal, value: number): boolean {
  if (atMost !== undefined) return value <= atMost;
  return atLeast !== undefined ? value >= atLeast : value < below!;
}

function limitOf({ atMost, atLeast, below, unit }: Goal): string {
  if (atMost !== undefined) return `<= ${atMost} ${unit}`;
  return atLeast !== undefined ? `>= ${atLeast} ${unit}` : `< ${below} ${unit}`;
}

/** Three digits that matter. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
