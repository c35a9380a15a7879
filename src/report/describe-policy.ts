import type { Report } from './report.ts';

/** How a policy came to judge, for people. One made of the options of a command was chosen by nothing else. */
export function describePolicy({ mode, chosenBy, verdict }: Report['policies'][number]): string {
  return `(${chosenBy === 'keyring' ? mode : `${mode}, chosen by ${chosenBy}`}): ${verdict}`;
}
