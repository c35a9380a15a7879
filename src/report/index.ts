export { FORMATS, type Format, findFormat, type ListItem } from './format.ts';
export { renderJson, toSafeJson, toWholeJson } from './render-json.ts';
export { renderMarkdown } from './render-markdown.ts';
export { renderText, type TextOptions } from './render-text.ts';
export type { Depth, JudgedPolicy, Report, ReportedChart, ReportedContent, Verdict } from './report.ts';
