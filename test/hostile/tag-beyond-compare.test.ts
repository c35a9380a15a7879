import { expect, test } from 'vitest';
import { highestMatching, parseConstraint } from '../../src/oci/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood } from '../support/world.ts';

// Masterminds compares numbers up to 2^64. A tag with a larger one than JavaScript compares would be what Helm installs
// for a range, while another tag is judged.
test.each([
  '9007199254740993.0.0',
  '1.18446744073709551615.0',
  '1.2.9999999999999999-rc.1',
  '1.2.9999999999999999_b',
])('a range over a repository with the tag %s has no answer', (tag) => {
  expect(() => highestMatching(['1.2.3', tag], parseConstraint('>=1'))).toThrow(/too large to be compared/);
});

test.each([
  '1.2.3-20261124120000123456',
  '20261124.0.0',
  '1.2.3_9999999999999999',
  'v9999999999999999.0.0',
  'sha256-9999999999999999',
])('the tag %s does no harm', (tag) => {
  expect(highestMatching(['1.2.3', tag], parseConstraint('^1.2'))).toMatch(/^1\.2\.3/);
});

test('the service says so, and what to do', async () => {
  const { registry, service } = await createWorld();
  await pushGood(registry);
  await registry.pushChart('charts/app', '9007199254740993.0.0', {
    archive: await fixture('demo/app-1.2.3.tgz'),
  });
  const { status, body } = await ask(
    service,
    { reference: 'oci://registry.test/charts/app', version: '>=1' },
    AUTHORIZED,
  );
  expect([status, body.code]).toEqual([422, 'chart.version_incomparable']);
  expect(
    (await ask(service, { reference: 'oci://registry.test/charts/app:1.2.3' }, AUTHORIZED)).body.verdict,
  ).toBe('allow');
});
