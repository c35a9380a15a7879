import { renderJson } from './render-json.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderText } from './render-text.ts';
import type { Report } from './report.ts';

/** A way to write a report down. A new one is one file and one line here. */
export interface Format {
  name: string;
  contentType: string;
  render(report: Report): string;
}

export const FORMATS: readonly Format[] = [
  { name: 'json', contentType: 'application/json', render: renderJson },
  { name: 'text', contentType: 'text/plain; charset=utf-8', render: (report) => renderText(report) },
  { name: 'markdown', contentType: 'text/markdown; charset=utf-8', render: renderMarkdown },
];

/** @returns the format of this name, or undefined */
export function findFormat(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
