import { describe, expect, test } from 'vitest';
import { configText, parse, problemsOf, SECRETS } from './support.ts';

const SEGMENT = 'kube-0123456789abcdef';
const secret = (name: string) => (name === 'SEGMENT' ? `${SEGMENT}\n` : SECRETS[name]);
const admission = (fields: object): string => configText({ admission: fields });

describe('admission in the configuration', () => {
  test('has the defaults of the contract, also where it is not written', async () => {
    const standard = {
      mode: 'enforce',
      onInconclusive: 'deny',
      notOci: 'deny',
      unresolved: 'deny',
      unreadable: 'deny',
      ranges: 'warn',
      tags: 'allow',
      pinRanges: false,
      pinDrift: false,
      callers: [],
      cluster: false,
    };
    expect((await parse(configText())).admission).toEqual(standard);
    expect((await parse(admission({}))).admission).toEqual(standard);
    expect((await parse(admission({ ranges: 'deny', tags: 'warn' }))).admission).toEqual({
      ...standard,
      ranges: 'deny',
      tags: 'warn',
    });
  });

  test('keeps the secret segment as a digest only', async () => {
    const config = await parse(admission({ pathSecret: { secret: 'SEGMENT' } }), { secret });
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(SEGMENT));
    expect(config.admission.pathSecretDigest).toEqual(new Uint8Array(digest));
    expect(JSON.stringify(config.admission)).not.toContain(SEGMENT);
  });

  test.each([
    ['a wrong choice', { tags: 'never' }, 'admission.tags: found "never"; allowed: "allow", "warn", "deny"'],
    ['an unknown field', { range: 'warn' }, 'admission.range: unknown field; did you mean "ranges"?'],
    [
      'a caller that is not defined',
      { callers: ['api'] },
      'admission.callers[0]: found "api", which is no name under callers; did you mean "ci"?',
    ],
    ['a secret written out', { pathSecret: SEGMENT }, 'admission.pathSecret: found a text that is not shown'],
    ['a secret that is not set', { pathSecret: { secret: 'NOT_SET' } }, 'NOT_SET'],
  ])('refuses %s at its path', async (_, fields, expected) => {
    const problems = await problemsOf(admission(fields), { secret });
    expect(problems.join('\n')).toContain(expected.split(';')[0]);
    expect(problems.join('\n')).not.toContain(SEGMENT);
  });

  test.each(['short', 'with/a/slash-0123456789', 'has spaces 0123456789', '..%2f..%2f..%2f..%2f..%2f'])(
    'refuses the segment "%s" without showing it',
    async (segment) => {
      const options = { secret: (name: string) => (name === 'SEGMENT' ? segment : SECRETS[name]) };
      const [problem] = await problemsOf(admission({ pathSecret: { secret: 'SEGMENT' } }), options);
      expect(problem).toMatch(/^admission\.pathSecret\.secret: the segment in SEGMENT is not 16 to 200/);
      expect(problem).not.toContain(segment);
    },
  );

  test('lets a service be started that nobody but an API server asks', async () => {
    const fields = { callers: null, admission: { pathSecret: { secret: 'SEGMENT' } } };
    expect(await problemsOf(configText(fields), { secret })).toEqual([]);
    expect((await problemsOf(configText({ callers: null }))).join()).toContain('nobody could ask');
  });

  test('has no cluster at the edge', async () => {
    const problems = await problemsOf(admission({ cluster: true }), { runtime: 'edge' });
    expect(problems.join()).toContain('admission.cluster: found true');
  });
});
