import { Hono } from 'hono';

/** What a cached verdict is compared with: a Hono handler that reads a JSON body and answers with one. */
export const bare = new Hono();

bare.post('/v1/verify', async (c) => {
  const { reference } = await c.req.json<{ reference: string }>();
  return c.json({ verdict: 'allow', reference });
});

/** The same for a review, with the shape of its answer. */
bare.post('/admission/validate', async (c) => {
  const { request } = await c.req.json<{ request: { uid: string } }>();
  const response = { uid: request.uid, allowed: true };
  return c.json({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
});
