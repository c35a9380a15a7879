import { describe, expect, it } from 'vitest';
import type { Decided } from '../../../src/admission/decide.ts';
import type { Finding } from '../../../src/admission/index.ts';
import { writeAnswer } from '../../../src/admission/review/write-answer.ts';
import { CODES, type Code } from '../../../src/base/codes.ts';

const FINDING: Finding = {
  reference: 'oci://registry.test/charts/app:1.2.3',
  verdict: 'deny',
  code: 'pgp.provenance_missing',
  message: 'is not signed by release',
  short: 'could not be judged',
  reportId: `01${'X'.repeat(24)}`,
  digest: null,
  pinned: null,
  policy: 'default',
  enforced: true,
};

const answer = (decision: Decided['decision'], ...findings: Partial<Finding>[]) =>
  writeAnswer(
    findings.map((more) => {
      const finding = { ...FINDING, ...more };
      return { at: '', owner: undefined, decided: [{ decision, finding }], chart: undefined, finding };
    }),
  );

describe('a warning', () => {
  it('has at most 120 characters, names the end of the chart and the report, whatever code it carries', () => {
    const reference = `oci://registry.test/${'team/'.repeat(40)}app:1.2.3`;
    for (const code of Object.keys(CODES) as Code[]) {
      const [warning = ''] = answer('warn', { reference, code }).warnings;
      expect(warning.length).toBeLessThanOrEqual(120);
      expect(warning).toMatch(/1\.2\.3 could not be judged \([\w.]+\); report 01X{24}$/);
    }
  });

  it('and a message and an annotation are cut between characters', () => {
    for (let i = 0; i < 4; i++) {
      const long = `${'x'.repeat(i)}${'😀'.repeat(3000)}`;
      const { warnings } = answer('warn', { reference: long });
      const { message = '', auditAnnotations } = answer('deny', { message: long, policy: long });
      for (const text of [...warnings, message, ...Object.values(auditAnnotations)]) {
        expect(text.isWellFormed()).toBe(true);
      }
      expect(message.length).toBeLessThanOrEqual(4000);
      expect(auditAnnotations.policy?.length).toBeLessThanOrEqual(1000);
    }
  });
});

describe('a message', () => {
  it('names five charts, and says how many more there are', () => {
    const findings = Array.from({ length: 8 }, (_, i) => ({ reference: `oci://registry.test/app:${i}` }));
    const { allowed, message = '' } = answer('deny', ...findings);
    expect(allowed).toBe(false);
    expect(message.match(/oci:/g)).toHaveLength(5);
    expect(message).toMatch(/; and 3 more$/);
  });

  it('is only inconclusive when nothing in it is a verdict', () => {
    const unknown = { verdict: 'inconclusive' } as const;
    expect(answer('deny', unknown, unknown).inconclusive).toBe(true);
    expect(answer('deny', unknown, {}).inconclusive).toBeUndefined();
    expect(answer('warn', unknown).inconclusive).toBeUndefined();
  });
});
