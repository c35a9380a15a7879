const NO_CHART = 'archive.no_chart';
const OUTSIDE = ['archive.path', NO_CHART]; // "small.txt": no base directory
const OUTSIDE_SEVERAL = [...OUTSIDE, 'archive.several_roots'];
/**
 * What the files must give, gzipped. Derived from Go's own tests of them (archive/tar: reader_test.go, which says for
 * each what Next returns or that it is ErrHeader) and from what Helm's loader makes of such entries
 * (helm:pkg/chart/loader/archive/archive.go: files outside of a base directory are refused, links are empty files). None
 * is a chart, so all that can be read to the end lack Chart.yaml.
 */
export const TAR_CODES: Record<string, string[]> = {
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
