import { z } from 'zod';
import { path } from './fields.ts';

export const sigstoreSchema = z
  .strictObject({
    refresh: z
      .strictObject({
        mirror: z.string().min(1).max(1000).optional().meta({
          description: 'TUF repository of a sigstore instance. Default: that of the public-good instance.',
          allowed: 'an https URL',
        }),
        root: path.optional().meta({
          description:
            'File with the TUF root (root.json) in which trust begins. Default: that of the public-good instance. Needs trustedRoot.',
        }),
        trustedRoot: path.optional().meta({
          description:
            'File with the trusted_root.json that holds until the first refresh. Default: the public-good one that comes with chartseal.',
        }),
        every: z.int().min(1).max(168).optional().meta({
          description: 'Hours from one refresh to the next, on Node. Default: 24.',
          default: 24,
        }),
        folder: path
          .optional()
          .meta({ description: 'Folder in which it is kept, on Node. Default: data/sigstore.' }),
      })
      .optional()
      .meta({
        description:
          'Renew through TUF what "root: public-good" stands for. Default: the file that comes with chartseal.',
      }),
  })
  .meta({ description: 'Whom sigstore trusts.' });
