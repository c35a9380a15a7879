import { renderJson, toSafeJson } from './render-json.ts';
import { renderMarkdown, renderMarkdownProblem } from './render-markdown.ts';
import { renderText, renderTextProblem } from './render-text.ts';
import type { ListedProblem, Report } from './report.ts';

export type ListItem = { report: Report } | { problem: ListedProblem };

/** A way to write a report down. A new one is one file and one line here. */
export interface Format {
  name: string;
  contentType: string;
  render(report: Report): string;
  /** The answers to several references as one document, in their order. */
  renderList(items: readonly ListItem[]): string;
}

const writeText = (report: Report) => renderText(report);

export const FORMATS: readonly Format[] = [
  { name: 'json', contentType: 'application/json', render: renderJson, renderList: listJson },
  {
    name: 'text',
    contentType: 'text/plain; charset=utf-8',
    render: writeText,
    renderList: oneByOne(writeText, renderTextProblem),
  },
  {
    name: 'markdown',
    contentType: 'text/markdown; charset=utf-8',
    render: renderMarkdown,
    renderList: oneByOne(renderMarkdown, renderMarkdownProblem),
  },
];

/** @returns the format of this name, or undefined */
export function findFormat(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}

function listJson(items: readonly ListItem[]): string {
  return `${toSafeJson(items.map((item) => ('report' in item ? item.report : item.problem)))}\n`;
}

function oneByOne(
  report: (report: Report) => string,
  problem: (problem: ListedProblem) => string,
): Format['renderList'] {
  return (items) =>
    items.map((item) => ('report' in item ? report(item.report) : problem(item.problem))).join('\n');
}
