import { z } from 'zod';
import { path, secretRef } from './fields.ts';

export const stateSchema = z
  .strictObject({
    sqlite: path.optional().meta({ description: 'File of a SQLite database. Default: data/chartseal.db.' }),
    postgres: secretRef
      .optional()
      .meta({ secret: true, description: 'Name of the secret with the URL of a PostgreSQL database.' }),
  })
  .meta({
    minProperties: 1,
    maxProperties: 1,
    allowed: 'a map with sqlite or postgres',
    description: 'Where the audit log and the locks of signing are kept, on Node.',
  });
