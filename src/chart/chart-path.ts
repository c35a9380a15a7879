import type { Code } from '../base/codes.ts';

/** Where Helm puts a file of an archive, and what is wrong with its name. */
interface ChartPath {
  /** First segment of the name, which Helm strips whatever it is. */
  base: string;
  /** Path within the chart, '/' between segments; undefined when Helm refuses the archive for it. */
  path: string | undefined;
  /** Traps, with Helm's own words where it refuses. */
  problems: { code: Code; message: string }[];
}

/**
 * Splits the name of an archive's file as Helm does (helm:pkg/chart/loader/archive/archive.go LoadArchiveFiles) and
 * says what is wrong with it: also what Helm accepts but a tool that unpacks the archive could be led astray by.
 * @param name the file's name in the tar
 */
export function chartPath(name: string): ChartPath {
  const problems: ChartPath['problems'] = [];
  const delimiter = name.includes('\\') ? '\\' : '/';
  const [base = '', ...rest] = name.split(delimiter);
  const inner = rest.join(delimiter).replaceAll(delimiter, '/');
  let path: string | undefined = cleanPath(inner);
  const refuse = (code: Code, message: string): void => {
    problems.push({ code, message });
    path = undefined;
  };
  if (inner.startsWith('/')) refuse('archive.path', 'chart illegally contains absolute paths');
  else if (base === 'Chart.yaml') refuse('archive.root_chart_yaml', 'chart yaml not in base directory');
  else if (path === '.')
    refuse('archive.path', 'chart illegally contains content outside the base directory');
  else if (path.startsWith('..')) refuse('archive.path', 'chart illegally references parent directory');
  else if (/^[a-zA-Z]:\//.test(path)) refuse('archive.path', 'chart contains illegally named files');
  // Helm strips the first segment before it looks, so "/etc/x" and "../x" pass there.
  else if (/^[/\\]/.test(name)) problems.push({ code: 'archive.path', message: 'absolute path' });
  else if (name.split(/[/\\]/).includes('..')) {
    problems.push({ code: 'archive.path', message: 'path with ".."' });
  } else if (/^[a-zA-Z]:/.test(name))
    problems.push({ code: 'archive.path', message: 'path with a drive letter' });
  if (delimiter === '\\') {
    problems.push({ code: 'archive.backslash', message: 'backslash, which Helm takes for the separator' });
  }
  return { base, path, problems };
}

/** Go's path.Clean. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  const rooted = path.startsWith('/');
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return (rooted ? '/' : '') + kept.join('/') || '.';
}
