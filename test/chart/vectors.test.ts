import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { TAR_CODES } from '../support/expected-tars.ts';
import { vectorsDir } from '../support/vectors.ts';
import { failures, streamOf } from './make-tar.ts';

function filesIn(folder: string, ending: string): string[] {
  if (vectorsDir === undefined) return [];
  return readdirSync(`${vectorsDir}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${vectorsDir}/${folder}/${name}`)
    .sort();
}

describe.skipIf(!vectorsDir)('hostile tars', () => {
  const found = filesIn('hostile/tar', '.tar');

  test('each file has an expectation', () => {
    expect(found.map((path) => basename(path)).sort()).toEqual(Object.keys(TAR_CODES).sort());
  });

  test.each(found.map((path) => [basename(path), path]))('%s', async (name, path) => {
    const facts = await readArchive(streamOf(gzipSync(readFileSync(path))));
    expect(failures(facts)).toEqual(TAR_CODES[name]?.toSorted());
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
        expect(failures(facts)).toEqual(['archive.no_chart']);
        return;
      }
      expect(facts.checks.filter((check) => check.outcome === 'fail')).toEqual([]);
      expect(facts.metadata.name).not.toBe('');
      expect(basename(path)).toContain(facts.metadata.version);
      expect(facts.baseDirectory).toBe(facts.metadata.name);
    },
  );
});
