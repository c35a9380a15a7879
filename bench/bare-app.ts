import { Hono } from 'hono';

/** What a cached verdict is compared with: a Hono handler that reads a JSON body and answers with one. */
export const bare = new Hono();

bare.post('/v1/verify', async (c) => {
  const { reference } = await c.req.json<{ reference: string }>();
  return c.json({ verdict: 'allow', reference });
});
