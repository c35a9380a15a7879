import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedUses } from '../../../src/admission/changed-uses.ts';
import { readUses } from '../../../src/admission/read-uses.ts';
import { vectorsDir } from '../../support/vectors.ts';
import { outcome } from './support.ts';

if (!vectorsDir) console.log('left out: recorded reviews of an API server, ../shared/vectors is not there');

const dir = join(vectorsDir ?? '', 'kubernetes');
const reviews = vectorsDir
  ? ['api-server', 'api-server-auth', 'flux'].flatMap((of) =>
      readdirSync(join(dir, of))
        .filter((name) => name.endsWith('.json') && !name.endsWith('.http.json'))
        .map(
          (name) => [`${of}/${name}`, JSON.parse(readFileSync(join(dir, of, name), 'utf8')).request] as const,
        ),
    )
  : [];

// What a real API server 1.36 sent.
describe.skipIf(!vectorsDir)('objects of recorded reviews', () => {
  it('are there', () => expect(reviews.length).toBeGreaterThan(50));

  it.each(reviews)('%s', async (_name, request) => {
    for (const object of [request.object, request.oldObject]) {
      if (object === null) continue;
      const { group, version, kind } = request.kind;
      expect(readUses(object)?.kind).toMatchObject({
        group,
        kind,
        versions: expect.arrayContaining([version]),
      });
      const uses = await outcome(object);
      if (kind === 'Application') expect(uses).toEqual(['not-oci git']);
      else expect(uses).toEqual([expect.stringMatching(/^(?:tag|digest) /)]);
    }
  });

  it('of a controller that works on its own objects never name another chart', () => {
    for (const [name, request] of reviews) {
      if (request.operation !== 'UPDATE' || request.object?.metadata.deletionTimestamp === undefined)
        continue;
      const before = readUses(request.oldObject)?.uses ?? [];
      expect(changedUses(before, readUses(request.object)?.uses ?? []), name).toEqual([]);
    }
  });
});
