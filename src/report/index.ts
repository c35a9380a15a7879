export { FORMATS, type Format, findFormat, type ListItem } from './format.ts';
export { toSafeJson, toWholeJson } from './render-json.ts';
export { renderText } from './render-text.ts';
export type { Depth, JudgedPolicy, Report, ReportedChart, ReportedContent, Verdict } from './report.ts';
