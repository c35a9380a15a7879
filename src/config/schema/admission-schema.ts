import { z } from 'zod';
import { secretRef } from './fields.ts';

const decision = (standard: string, description: string) =>
  z
    .enum(['allow', 'warn', 'deny'])
    .optional()
    .meta({ description: `${description} Default: ${standard}.`, default: standard });

export const admissionSchema = z
  .strictObject({
    mode: z.enum(['enforce', 'warn']).optional().meta({
      description:
        'enforce: what is denied is refused. warn: everything is let in, with a warning where it would be refused, also if no policy speaks of it. Default: enforce.',
      default: 'enforce',
    }),
    onInconclusive: decision('deny', 'Charts that could not be judged: a registry failed, or time was up.'),
    notOci: decision('deny', 'Charts that are in no OCI registry: http repositories, git, inline content.'),
    unresolved: decision(
      'deny',
      'References that cannot be read from the object: through other objects outside of the cluster, or templated.',
    ),
    unreadable: decision(
      'deny',
      'Charts named in a way that is not read, or not read alike by all releases of a controller: a regular expression, an unknown shape.',
    ),
    ranges: decision('warn', 'Version ranges, beside the verdict on what they resolve to now.'),
    tags: decision('allow', 'References without a digest, beside the verdict on what the tag names now.'),
    pinRanges: z.boolean().optional().meta({
      description: 'Should /admission/mutate pin version ranges too? Default: false, only exact versions.',
    }),
    pinDrift: z.boolean().optional().meta({
      description:
        'Should it also pin in fields that GitOps sets back, as of Applications of Argo CD? Default: false, an annotation says the digest.',
    }),
    pathSecret: secretRef.optional().meta({
      secret: true,
      description:
        'The secret segment of /k/SECRET/admission/…, for API servers that send no credentials. At least 16 letters, digits, "-" and "_".',
    }),
    callers: z
      .array(z.string().min(1).max(100))
      .optional()
      .meta({ description: 'Callers that may send reviews without the secret segment. Default: none.' }),
    cluster: z.boolean().optional().meta({
      description:
        'Read objects that reviews refer to from the API server, when running in a cluster. Default: false.',
    }),
  })
  .meta({ description: 'Reviews of Kubernetes objects that name charts.' });
