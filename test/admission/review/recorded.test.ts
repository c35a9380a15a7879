import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vectorsDir } from '../../support/vectors.ts';
import { admissionWorld, SEGMENT } from '../support.ts';

// What a real API server sent, byte for byte, with its request line and headers.

interface Recorded {
  name: string;
  http: { method: string; url: string; headers: Record<string, string> };
  body: string;
}

const FOLDERS = ['api-server', 'api-server-auth', 'flux'];

async function recorded(): Promise<Recorded[]> {
  const all = await Promise.all(
    FOLDERS.map(async (folder) => {
      const path = join(vectorsDir ?? '', 'kubernetes', folder);
      const names = (await readdir(path)).filter((name) => name.endsWith('.http.json'));
      return Promise.all(
        names.sort().map(async (name) => ({
          name: `${folder}/${name.replace('.http.json', '')}`,
          http: JSON.parse(await readFile(join(path, name), 'utf8')) as Recorded['http'],
          body: await readFile(join(path, name.replace('.http.json', '.json')), 'utf8'),
        })),
      );
    }),
  );
  return all.flat();
}

describe.skipIf(!vectorsDir)('reviews that a real API server sent', async () => {
  const reviews = vectorsDir ? await recorded() : [];

  it('are all of them', () => {
    expect(reviews.length).toBeGreaterThan(40);
  });

  it.each(reviews.map((one) => [one.name, one] as const))('%s', async (_, { http, body }) => {
    const world = await admissionWorld();
    const { search } = new URL(http.url, 'https://webhook.test');
    const { 'content-length': _length, ...headers } = http.headers;
    const answer = await world.fetch(`/k/${SEGMENT}/admission/validate${search}`, {
      method: http.method,
      headers,
      body,
    });
    expect(answer.status).toBe(200);
    const { request } = JSON.parse(body);
    const { response, apiVersion, kind } = (await answer.json()) as {
      apiVersion: string;
      kind: string;
      response: { uid: string; allowed: boolean; status?: { message: string } };
    };
    expect([apiVersion, kind, response.uid]).toEqual(['admission.k8s.io/v1', 'AdmissionReview', request.uid]);
    expect([search, world.timers[0]?.ms]).toEqual(['?timeout=5s', 4250]);

    const quiet =
      request.operation === 'DELETE' ||
      request.subResource === 'status' ||
      request.object?.metadata.deletionTimestamp !== undefined;
    const sameSpec =
      request.operation === 'UPDATE' &&
      JSON.stringify(request.object.spec) === JSON.stringify(request.oldObject.spec);
    if (quiet || sameSpec) expect(response).toEqual({ uid: request.uid, allowed: true });
    else {
      // Charts from Git, and registries that nobody listed.
      expect(response.allowed).toBe(false);
      expect(response.status?.message).toMatch(
        /k8s\.not_oci|registry\.not_listed|chart\.not_found|k8s\.unresolved/,
      );
    }
  });
});
