import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KINDS } from '../../src/admission/kinds/index.ts';

// A kind that chartseal reads and the webhook of its own chart does not send is a way past it.

const RULES = readFileSync(new URL('../../deploy/chart/templates/_helpers.tpl', import.meta.url), 'utf8');

/** It installs nothing: the App that comes of it is sent when it is made. */
const SENT_LATER = ['packageinstalls'];

it('the rules of the chart send every kind that installs charts', () => {
  const sent = new Map<string, string[]>();
  for (const [, group = '', resources = ''] of RULES.matchAll(
    /"group" "([^"]+)" "resources" \(list ([^)]*)\)/g,
  )) {
    sent.set(group, resources.match(/[a-z]+/g) ?? []);
  }
  expect(sent.size).toBeGreaterThan(5);
  const missing = KINDS.filter(({ group, resource }) => !sent.get(group)?.includes(resource));
  expect(missing.map(({ resource }) => resource).sort()).toEqual([...SENT_LATER].sort());
});
