import { z } from 'zod';
import { path } from './fields.ts';

export const keysSchema = z
  .strictObject({
    retired: z.array(path).optional().meta({
      description:
        'Files with public keys of PGP or sigstore that signed once. They are published beside those under signing.',
    }),
    publicUrl: z.string().min(1).max(1000).optional().meta({
      description:
        'Where others reach this service, for the addresses it tells them. Default: as the request says.',
      allowed: 'an http or https URL without a path',
    }),
  })
  .meta({ description: 'Public keys, as /v1/keys and /keys/* give them to anyone.' });
