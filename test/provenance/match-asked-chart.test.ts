import { describe, expect, test } from 'vitest';
import { type AskedChart, matchAskedChart, type UnsafeMatch } from '../../src/provenance/index.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

function match(
  asked: Partial<AskedChart>,
  signed: { name?: string; version?: string; files?: Record<string, string> } = {},
  unsafeAllow: UnsafeMatch[] = [],
): string {
  const text = { name: 'app', version: '1.2.3', files: { 'app-1.2.3.tgz': DIGEST }, ...signed };
  const { holds, reasons } = matchAskedChart(text, DIGEST, { fileNames: [], ...asked }, unsafeAllow);
  return [holds ? 'holds' : 'fails', ...reasons.map(({ code }) => code)].join(' ');
}

describe('the chart asked for', () => {
  test.each<[string, Partial<AskedChart>, Parameters<typeof match>[1], string]>([
    ['name and tag', { name: 'app', tag: '1.2.3' }, {}, 'holds'],
    ['an old version retagged', { name: 'app', tag: '1.3.0' }, {}, 'fails chart.version_mismatch'],
    ['another chart', { name: 'web', tag: '1.2.3' }, {}, 'fails chart.name_mismatch'],
    ['both', { name: 'web', tag: '2.0.0' }, {}, 'fails chart.name_mismatch chart.version_mismatch'],
    ['_ for +', { name: 'app', tag: '1.2.3_b.1' }, { version: '1.2.3+b.1' }, 'holds'],
    ['v in the tag', { name: 'app', tag: 'v1.2.3' }, {}, 'holds chart.v_prefix'],
    ['v in the version', { name: 'app', tag: '1.2.3' }, { version: 'v1.2.3' }, 'holds chart.v_prefix'],
    ['v in both', { name: 'app', tag: 'v1.2.3' }, { version: 'v1.2.3' }, 'holds'],
    ['tag 1', { name: 'app', tag: '1' }, {}, 'holds'],
    ['tag 1.2', { name: 'app', tag: '1.2' }, {}, 'holds'],
    ['tag v1.2', { name: 'app', tag: 'v1.2' }, {}, 'holds chart.v_prefix'],
    [
      'tag 1 and version 10.0.0',
      { name: 'app', tag: '1' },
      { version: '10.0.0' },
      'fails chart.version_mismatch',
    ],
    [
      'tag 1.2 and 1.20.0',
      { name: 'app', tag: '1.2' },
      { version: '1.20.0' },
      'fails chart.version_mismatch',
    ],
    ['tag 1.3', { name: 'app', tag: '1.3' }, {}, 'fails chart.version_mismatch'],
    ['latest', { name: 'app', tag: 'latest' }, {}, 'holds chart.tag_unversioned'],
    [
      'latest of another chart',
      { name: 'web', tag: 'latest' },
      {},
      'fails chart.name_mismatch chart.tag_unversioned',
    ],
    ['a digest alone', { name: 'app' }, {}, 'holds'],
    ['a digest alone, another chart', { name: 'web' }, {}, 'fails chart.name_mismatch'],
    [
      'the file Helm looks for is named with this digest',
      { name: 'web', tag: '2.0.0', fileNames: ['web-2.0.0.tgz'] },
      { files: { 'app-1.2.3.tgz': DIGEST, 'web-2.0.0.tgz': DIGEST } },
      'holds',
    ],
    [
      'the file Helm looks for is named with another digest',
      { name: 'app', tag: '1.2.3', fileNames: ['app-1.2.3.tgz'] },
      { files: { 'app-1.2.3.tgz': OTHER, 'x.tgz': DIGEST } },
      'fails pgp.digest_mismatch',
    ],
    ['a property every object has', { name: 'app', tag: '1.2.3', fileNames: ['constructor'] }, {}, 'holds'],
    ['a prerelease', { name: 'app', tag: '1.2.3-rc.1' }, {}, 'fails chart.version_mismatch'],
  ])('%s', (_, asked, signed, expected) => {
    expect(match(asked, signed)).toBe(expected);
  });

  test.each<[string, Parameters<typeof match>[1], string]>([
    ['app-1.2.3.tgz', {}, 'holds'],
    ['app-1.2.3.tgz', { files: {} }, 'holds'],
    ['app-v1.2.3.tgz', { files: {} }, 'holds chart.v_prefix'],
    ['app-1.2.4.tgz', { files: {} }, 'fails chart.version_mismatch'],
    ['web-1.2.3.tgz', { files: {} }, 'fails chart.name_mismatch'],
    ['app-operator-1.2.3.tgz', { files: {} }, 'fails chart.name_mismatch'],
    ['app.tgz', { files: {} }, 'holds chart.tag_unversioned'],
    ['download.tgz', { files: { 'download.tgz': DIGEST } }, 'holds'],
  ])('a local file called %s', (fileName, signed, expected) => {
    expect(match({ fileNames: [fileName] }, signed)).toBe(expected);
  });

  test('nothing that says which chart is meant', () => {
    expect(match({})).toBe('fails chart.name_mismatch');
  });

  test('unsafeAllow forgives exactly what it names, and states it', () => {
    const asked = { name: 'web', tag: '2.0.0' };
    expect(match(asked, {}, ['renamed'])).toBe('fails chart.renamed chart.version_mismatch');
    expect(match(asked, {}, ['retagged'])).toBe('fails chart.name_mismatch chart.retagged');
    expect(match(asked, {}, ['renamed', 'retagged'])).toBe('holds chart.renamed chart.retagged');
  });
});
