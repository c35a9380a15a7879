import type { Decided } from '../decide.ts';
import type { JudgedUse } from '../judge-uses.ts';

/** What is decided on an object, in the words that people see. */
export interface Answer {
  allowed: boolean;
  /** Why not; only where it is not allowed. */
  message?: string;
  /** It is not allowed, but for nothing else than that something could not be found out. */
  inconclusive?: boolean;
  /** At most 120 characters each: longer ones may be cut (admission.k8s.io/v1, `warnings`). */
  warnings: string[];
  /** For the audit log of the API server, which puts the webhook's name before the keys. */
  auditAnnotations: Record<string, string>;
}

const MAX_WARNING = 120;
/** All warnings of one request may have 4096 characters (k8s apiserver pkg/endpoints/filters/warning.go). */
const MAX_WARNINGS = 20;
const MAX_TOLD = 5;
const MAX_MESSAGE = 4000;
const MAX_ANNOTATION = 1000;

/** Puts what was decided on each chart into one answer: all must pass. */
export function writeAnswer(judged: readonly JudgedUse[]): Answer {
  const decided = judged.flatMap(({ owner, decided: list }) => list.map((one) => ({ ...one, owner })));
  const denied = decided.filter(({ decision }) => decision === 'deny');
  const warned = decided.filter(({ decision }) => decision === 'warn');
  return {
    allowed: denied.length === 0,
    ...(denied.length === 0 ? {} : { message: messageOf(denied) }),
    ...(denied.length > 0 && denied.every(({ finding }) => finding.verdict === 'inconclusive')
      ? { inconclusive: true }
      : {}),
    warnings: warningsOf(warned),
    auditAnnotations: annotationsOf(judged),
  };
}

interface Told extends Decided {
  owner: string | undefined;
}

function messageOf(denied: Told[]): string {
  const lines = distinct(
    denied.map(({ finding, owner }) => {
      const whose = owner === undefined ? '' : `${owner}: `;
      return `${whose}${finding.reference} ${finding.message}; report ${finding.reportId}`;
    }),
  );
  const told = lines.slice(0, MAX_TOLD).join('; and ');
  const more = lines.length > MAX_TOLD ? `; and ${lines.length - MAX_TOLD} more` : '';
  return `${cut(told, MAX_MESSAGE)}${more}`;
}

// The reference gives way, in the middle: its end names the chart.
function warningsOf(warned: Told[]): string[] {
  const lines = warned.map(({ finding }) => {
    const rest = ` ${finding.short} (${finding.code}); report ${finding.reportId}`;
    return `${cutMiddle(finding.reference, MAX_WARNING - rest.length)}${rest}`;
  });
  const told = distinct(lines);
  if (told.length <= MAX_WARNINGS) return told;
  return [...told.slice(0, MAX_WARNINGS - 1), `and ${told.length - MAX_WARNINGS + 1} more warnings`];
}

function annotationsOf(judged: readonly JudgedUse[]): Record<string, string> {
  const findings = judged.flatMap(({ finding }) => finding ?? []);
  const list = (values: (string | null)[]) => {
    const known = distinct(values.flatMap((value) => value ?? []));
    return cut(known.join(','), MAX_ANNOTATION);
  };
  const all = judged.flatMap(({ decided }) => decided.map(({ finding }) => finding));
  const annotations = {
    verdict: list(findings.map(({ verdict }) => verdict)),
    digest: list(findings.map(({ digest }) => digest)),
    policy: list(findings.map(({ policy }) => policy)),
    report: list(all.map(({ reportId }) => reportId)),
  };
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== ''));
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts)];
}

function cut(text: string, max: number): string {
  return text.length > max ? `${withoutHalf(text.slice(0, max - 1))}…` : text;
}

function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.ceil((max - 1) * 0.7);
  const [head, end] = [text.slice(0, max - 1 - tail), text.slice(text.length - tail)];
  return `${withoutHalf(head)}…${withoutHalf(end)}`;
}

// A cut may leave one half of a surrogate pair.
function withoutHalf(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '').replace(/^[\udc00-\udfff]/, '');
}
