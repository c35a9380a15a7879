import { describe, expect, it } from 'vitest';
import { admissionWorld, ociRepository, reviewOf, SEGMENT } from '../admission/support.ts';

// Who does not know the segment learns nothing: not that there is one, not how much of a guess was right.

const FACES = ['/admission/validate', '/admission/mutate', '/gatekeeper/verify', '/gatekeeper/mutate'];
const GUESSES = [
  '',
  'x',
  SEGMENT.slice(0, -1),
  `${SEGMENT}x`,
  SEGMENT.toUpperCase(),
  `${SEGMENT}%00`,
  `%20${SEGMENT}`,
  `${SEGMENT}%2f`,
  '..%2f..',
  '*',
  ':secret',
  'undefined',
  'x'.repeat(5000),
];

const init = {
  method: 'POST',
  body: JSON.stringify(reviewOf(ociRepository('oci://registry.test/charts/app'))),
};
/** What an answer says, without what differs from request to request. */
const essence = async (answer: Response) => {
  const { instance: _, detail: __, ...rest } = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, rest, headers: [...answer.headers.keys()].sort() };
};

describe('a guess at the secret path', () => {
  it.each(FACES)('is answered like any path that is not there: %s', async (face) => {
    for (const world of [
      await admissionWorld(),
      await admissionWorld({ admission: { pathSecret: undefined } }),
    ]) {
      const nowhere = await essence(await world.fetch('/nowhere', init));
      expect(nowhere.status).toBe(404);
      for (const guess of GUESSES) {
        expect(await essence(await world.fetch(`/k/${guess}${face}`, init))).toEqual(nowhere);
      }
      expect(world.registry.requests).toEqual([]);
    }
  });

  it('is shown nowhere, nor is the segment when the rest of the path is wrong', async () => {
    const world = await admissionWorld();
    const texts: string[] = [];
    for (const path of [
      `/k/${SEGMENT}/admission/validat`,
      `/k/${SEGMENT}`,
      `/k/guess-me-0123456789${FACES[0]}`,
    ]) {
      texts.push(await (await world.fetch(path, init)).text());
    }
    texts.push(await (await world.fetch(`/k/${SEGMENT}${FACES[0]}`)).text());
    texts.push(JSON.stringify(world.lines));
    for (const text of texts) expect(text).not.toMatch(/kube-0123456789abcdef|guess-me/);
  });

  it('is not made by another method or by a doubled slash', async () => {
    const world = await admissionWorld();
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const body = method === 'PUT' ? { body: init.body } : {};
      expect((await world.fetch(`/k/${SEGMENT}${FACES[0]}`, { method, ...body })).status).toBe(404);
    }
    expect((await world.fetch(`/k/${SEGMENT}/${FACES[0]}`, init)).status).toBe(404);
    expect((await world.fetch(`//k/${SEGMENT}${FACES[0]}`, init)).status).toBe(404);
  });
});
