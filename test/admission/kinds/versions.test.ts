import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { askVersion, range } from '../../../src/admission/kinds/ask-version.ts';
import { chooseTags } from '../../../src/admission/kinds/choose-tags.ts';
import type { Dialect } from '../../../src/admission/kinds/use.ts';

// Made by Masterminds/semver v3.5.0 itself, called as each controller calls it: by whose rules, the text of the version,
// over which tags, and the tag that was taken; "none" when none was, "!…" when the controller gives up. The same
// comparison held for 800,000 random cases when this was written.
const [many = '', few = '', ...table] = readFileSync(new URL('tag-choices.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const TAGS: Record<string, string[]> = {
  many: many.replace('# many: ', '').split(' '),
  few: few.replace('# few: ', '').split(' '),
};

/** The tags to be judged, or why there are none. */
function choose(dialect: string, text: string, tags: string[]): string[] {
  if (dialect.startsWith('flux-semver')) {
    const asked =
      text === '' ? undefined : range(text, { form: 'loose3', plus: dialect === 'flux-semver-chart' });
    const chosen = asked && chooseTags(asked, tags);
    return chosen === undefined ? ['!'] : chosen.ok ? chosen.tags : [chosen.reason];
  }
  const read = askVersion(dialect as Dialect, text);
  if (!read.ok) return ['!'];
  if (read.asked.kind === 'digest') return [read.asked.digest];
  if (read.asked.kind === 'exact' || read.asked.kind === 'latest') return [read.asked.tag];
  const chosen = chooseTags(read.asked, tags);
  return chosen.ok ? chosen.tags : [chosen.reason];
}

describe('the tag that a controller takes is among those that are judged', () => {
  it.each(table.map((line) => line.split('\t') as [string, string, string, string]))(
    '%s %s over %s tags takes %s',
    (dialect, quoted, which, taken) => {
      const tags = TAGS[which] ?? [];
      const judged = choose(dialect, JSON.parse(quoted), tags);
      if (!taken.startsWith('!') && taken !== 'none') {
        // An exact version that Fleet does not find it goes on to look for as a range; here it is not found.
        const isFallback = dialect === 'fleet' && judged.length === 1 && !tags.includes(judged[0] ?? '');
        if (!isFallback) expect(judged).toContain(taken);
        return;
      }
      // Where the controller installs nothing, nothing is judged, or a tag that it does not find either.
      const isRefusal = judged.length === 1 && ['!', 'none'].includes(judged[0] ?? '');
      const isMissing = judged.length === 1 && !tags.includes(judged[0] ?? '');
      expect(isRefusal || isMissing).toBe(true);
    },
  );
});

describe('ranges are chosen so that nothing is overlooked', () => {
  it('judges all tags that are the same version, because which one is taken is chance', () => {
    expect(choose('helm', '^2', ['2.0.0_b1', '2.0.0_b2', '1.0.0'])).toEqual(['2.0.0_b1', '2.0.0_b2']);
    expect(choose('argo-helm', '>=1', ['1.0.0', 'v1.0.0', '1.0'])).toEqual(['1.0.0', 'v1.0.0', '1.0']);
    expect(choose('helm', '*', ['1.0.0_a', '1.0.0_b', '1.0.0_c', '1.0.0_d', '1.0.0_e'])).toEqual([
      'ambiguous',
    ]);
  });

  it('judges a tag that looks like a range beside the range, because a registry that fails makes it one', () => {
    expect(choose('argo-oci', '1.x', ['1.x', '1.5.0', '2.0.0'])).toEqual(['1.5.0', '1.x']);
    expect(choose('argo-oci', '1.x', ['1.5.0', '2.0.0'])).toEqual(['1.5.0']);
  });

  it('does not choose at all beside numbers that JavaScript cannot compare', () => {
    const huge = '9007199254740993';
    expect(choose('helm', '*', ['1.0.0', `${huge}.0.0`])).toEqual(['incomparable']);
    expect(choose('argo-helm', '*', ['1.0.0', `v${huge}`])).toEqual(['incomparable']);
    expect(choose('helm', '>=1.0.0-0', ['1.0.0', `2.0.0-${huge}`])).toEqual(['incomparable']);
    // Helm does not see these as versions.
    expect(choose('helm', '*', ['1.0.0', `v${huge}`, huge, `sha256-${huge}`, `1.0.0_${huge}`])).toHaveLength(
      2,
    );
  });

  it('stays fast over as many tags as a registry may list', () => {
    const tags = Array.from({ length: 20_000 }, (_, i) => `1.${i}.0`);
    expect(choose('helm', '>=1.0.0 <2', tags)).toEqual(['1.19999.0']);
  });
});

describe('what stands beside a digest', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    [digest, { kind: 'digest', text: digest, digest }],
    [`1.2.3@${digest}`, { kind: 'digest', text: `1.2.3@${digest}`, digest, tag: '1.2.3' }],
    [`1.2.3+b@${digest}`, { kind: 'digest', text: `1.2.3+b@${digest}`, digest }],
  ])('Argo CD drops it and chartseal holds the chart to it: %s', (text, asked) => {
    expect(askVersion('argo-oci', text)).toEqual({ ok: true, asked });
  });

  it.each([`${digest}0`, digest.toUpperCase(), `sha512:${'a'.repeat(128)}`, '1.2.3@', '@', 'host/repo:1'])(
    'is no digest: %s',
    (text) => {
      expect(askVersion('argo-oci', text)).toMatchObject({ ok: false });
    },
  );
});
