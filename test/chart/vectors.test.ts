import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { vectorsDir } from '../support/vectors.ts';
import { failures, streamOf } from './make-tar.ts';

function filesIn(folder: string, ending: string): string[] {
  if (vectorsDir === undefined) return [];
  return readdirSync(`${vectorsDir}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${vectorsDir}/${folder}/${name}`)
    .sort();
}

// What the files must give, gzipped. Derived from Go's own tests of them (archive/tar: reader_test.go, which says for
// each what Next returns or that it is ErrHeader) and from what Helm's loader makes of such entries
// (helm:pkg/chart/loader/archive/archive.go: files outside of a base directory are refused, links are empty files). None
// is a chart, so all that can be read to the end lack Chart.yaml.
const NO_CHART = 'archive.no_chart';
const OUTSIDE = ['archive.path', NO_CHART]; // "small.txt": no base directory
const OUTSIDE_SEVERAL = [...OUTSIDE, 'archive.several_roots'];
const TARS: Record<string, string[]> = {
  'file-and-dir.tar': OUTSIDE,
  // A dump directory ("D", with a directory's mode), then a sparse file.
  'gnu-incremental.tar': ['archive.ambiguous', 'archive.sparse'],
  'gnu-long-nul.tar': OUTSIDE, // Go: the name ends at the NUL
  'gnu-multi-hdrs.tar': ['archive.link', NO_CHART],
  'gnu-nil-sparse-data.tar': ['archive.sparse'],
  'gnu-nil-sparse-hole.tar': ['archive.sparse'],
  'gnu-not-utf8.tar': ['archive.name', ...OUTSIDE],
  'gnu-sparse-big.tar': ['archive.sparse'],
  'gnu-utf8.tar': OUTSIDE,
  'gnu.tar': OUTSIDE_SEVERAL,
  'hardlink.tar': ['archive.link', ...OUTSIDE_SEVERAL],
  // Sizes on entries without content: Go ignores them, package tar does not.
  'hdr-only.tar': ['archive.ambiguous', 'archive.link', 'archive.special', ...OUTSIDE_SEVERAL],
  'invalid-go17.tar': ['archive.ambiguous', NO_CHART], // a USTAR prefix in a GNU header
  'issue10968.tar': ['archive.invalid'],
  'issue11169.tar': ['archive.invalid'],
  'issue12435.tar': ['archive.invalid'],
  'neg-size.tar': ['archive.invalid'],
  'nil-uid.tar': OUTSIDE,
  'pax-bad-hdr-file.tar': ['archive.invalid'],
  'pax-bad-mtime-file.tar': ['archive.invalid'],
  'pax-global-records.tar': OUTSIDE_SEVERAL,
  // Two extended headers: Go takes the last alone, package tar both.
  'pax-multi-hdrs.tar': ['archive.ambiguous', 'archive.link', ...OUTSIDE],
  'pax-nil-sparse-data.tar': ['archive.sparse'],
  'pax-nil-sparse-hole.tar': ['archive.sparse'],
  'pax-nul-path.tar': ['archive.invalid'],
  'pax-nul-xattrs.tar': ['archive.invalid'],
  'pax-path-hdr.tar': [NO_CHART], // headers only: Go finds no entry
  // Its size stands in an extended header, in 24 digits.
  'pax-pos-size-file.tar': ['archive.path', NO_CHART],
  'pax-records.tar': OUTSIDE,
  'pax-sparse-big.tar': ['archive.sparse'],
  'pax.tar': ['archive.link', NO_CHART],
  'sparse-formats.tar': ['archive.sparse'],
  'star.tar': OUTSIDE_SEVERAL,
  'trailing-slash.tar': [NO_CHART], // a directory
  'ustar-file-devs.tar': OUTSIDE,
  'ustar-file-reg.tar': OUTSIDE,
  'ustar.tar': [NO_CHART],
  'v7.tar': OUTSIDE_SEVERAL,
  'writer-big-long.tar': ['archive.too_large'], // 16 GiB claimed
  'writer-big.tar': ['archive.too_large'],
  'writer.tar': ['archive.link', ...OUTSIDE_SEVERAL],
  'xattrs.tar': OUTSIDE_SEVERAL,
  'zip-slip-win.tar': ['archive.backslash', ...OUTSIDE_SEVERAL],
  'zip-slip.tar': OUTSIDE_SEVERAL,
};

describe.skipIf(!vectorsDir)('hostile tars', () => {
  const found = filesIn('hostile/tar', '.tar');

  test('each file has an expectation', () => {
    expect(found.map((path) => basename(path)).sort()).toEqual(Object.keys(TARS).sort());
  });

  test.each(found.map((path) => [basename(path), path]))('%s', async (name, path) => {
    const facts = await readArchive(streamOf(gzipSync(readFileSync(path))));
    expect(failures(facts)).toEqual(TARS[name]?.toSorted());
  });

  test.each(filesIn('hostile/tar', '.zip'))('%s is no gzip', async (path) => {
    expect(failures(await readArchive(streamOf(readFileSync(path))))).toEqual(['archive.invalid']);
  });
});

describe.skipIf(!vectorsDir)('real charts', () => {
  test.each(filesIn('real-charts', '.tgz').map((path) => [path.split('/').slice(-4).join('/'), path]))(
    '%s',
    async (_name, path) => {
      const bytes = readFileSync(path);
      const facts = await readArchive(streamOf(bytes));
      expect(facts.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
      if (path.includes('scottrigby__h4-example-plugins')) {
        // Helm plugins: no Chart.yaml.
        expect(failures(facts)).toEqual([NO_CHART]);
        return;
      }
      expect(facts.checks.filter((check) => check.outcome === 'fail')).toEqual([]);
      expect(facts.metadata.name).not.toBe('');
      expect(basename(path)).toContain(facts.metadata.version);
      expect(facts.baseDirectory).toBe(facts.metadata.name);
    },
  );
});
