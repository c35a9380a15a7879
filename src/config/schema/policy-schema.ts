import { z } from 'zod';
import { name } from './fields.ts';

interface RequirementMap {
  anyOf?: RequirementText[] | undefined;
  allOf?: RequirementText[] | undefined;
  atLeast?: { count: number; of: RequirementText[] } | undefined;
}
/** A requirement as it is written: a trust name or a map with exactly one of anyOf, allOf, atLeast. */
export type RequirementText = string | RequirementMap;

const REQUIREMENT = 'a name under trust, or a map with one of anyOf, allOf, atLeast';

const requirementSchema: z.ZodType<RequirementText> = z.lazy(() =>
  z
    .union([
      z.string().meta({ description: 'A name under trust.' }),
      z
        .strictObject({
          anyOf: z
            .array(requirementSchema)
            .min(1)
            .optional()
            .meta({ description: 'One of these is enough.' }),
          allOf: z.array(requirementSchema).min(1).optional().meta({ description: 'All of these.' }),
          atLeast: z
            .strictObject({
              count: z.int().min(1).max(1000).meta({ description: 'How many, 1 to all of them.' }),
              of: z.array(requirementSchema).min(1).meta({ description: 'Of which.' }),
            })
            .optional()
            .meta({ description: 'So many of these, each by a key of its own.' }),
        })
        .meta({ minProperties: 1, maxProperties: 1 }),
    ])
    .meta({ id: 'Requirement', allowed: REQUIREMENT }),
);

export const policySchema = z
  .strictObject({
    name: name.meta({ description: 'Shown in reports.' }),
    match: z
      .array(z.string().min(1).max(500))
      .min(1)
      .meta({
        description:
          'Globs over host/repository. "*" is one or more characters except "/" and "@", "**" is anything.',
        examples: [['registry.example.com/prod/**'], ['**']],
      }),
    require: requirementSchema.meta({ description: 'Whose signatures it takes.' }),
    depth: z.enum(['signature', 'content']).optional().meta({
      description: 'content: also download the chart and read what is in it. Default: signature.',
    }),
    mode: z.enum(['enforce', 'warn']).optional().meta({
      description: 'warn: the verdict is reported but not enforced. Default: enforce.',
    }),
    unsafeAllow: z
      .array(z.enum(['renamed', 'retagged']))
      .min(1)
      .optional()
      .meta({
        description:
          'Accept a signature of a chart of another name or version than the one asked for. Only where mirrors rename charts.',
      }),
  })
  .meta({ description: 'What is required where. The first match decides; what nothing matches is denied.' });
