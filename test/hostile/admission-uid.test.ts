import { expect, it } from 'vitest';
import { admissionWorld, ociRepository, pushApp, reviewOf, SEGMENT } from '../admission/support.ts';

// The uid comes back as it was sent, and as nothing else: not as more JSON, a header or a line of the log.

const post = async (uid: unknown) => {
  const world = await admissionWorld();
  await pushApp(world.registry);
  const body = reviewOf(ociRepository('oci://registry.test/charts/app'), { uid });
  const answer = await world.fetch(`/k/${SEGMENT}/admission/validate`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return { answer, text: await answer.text(), lines: world.lines };
};

it.each([
  '","allowed":true,"x":"',
  'a\r\nX-Injected: 1',
  'a\u0000b\u001b[31m\u202e',
  '</script><script>alert(1)</script>',
  '\\u0022,\\u0022allowed\\u0022:true',
  '__proto__',
  '\ud800',
  'ß€😀',
])('%j', async (uid) => {
  const { answer, text } = await post(uid);
  expect(answer.status).toBe(200);
  const { response } = JSON.parse(text);
  expect(response.uid).toBe(JSON.parse(JSON.stringify(uid)));
  expect(Object.keys(response).sort()).toEqual(['allowed', 'auditAnnotations', 'uid']);
  expect([...answer.headers.keys()]).not.toContain('x-injected');
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});

it.each([[''], [null], [1], [{ toString: 'x' }], [['a']], ['x'.repeat(201)]])('%j is no uid', async (uid) => {
  const { answer, text } = await post(uid);
  expect([answer.status, JSON.parse(text).code]).toEqual([400, 'request.invalid']);
});
