import { z } from 'zod';

export const accessSchema = z
  .strictObject({
    verify: z
      .enum(['callers', 'anyone'])
      .optional()
      .meta({ description: 'Who may verify. Default: callers.' }),
    sign: z.enum(['callers']).optional().meta({
      description: 'Who may sign: callers, each with the keys that name it. Nothing else is possible.',
    }),
    audit: z.array(z.string().min(1).max(100)).optional().meta({
      description: 'Callers that may read the audit log. Default: none.',
    }),
    metrics: z.array(z.string().min(1).max(100)).optional().meta({
      description: 'Callers that may read metrics. Kept for later: there are none yet.',
    }),
  })
  .meta({ description: 'Who may do what.' });
