import { z } from 'zod';
import { glob, secretRef } from './fields.ts';

/** One glob or several, of which one must match. */
const claim = z
  .union([glob('A glob, compared with the whole value.'), z.array(glob('A glob.')).min(1)])
  .meta({ allowed: 'a glob or a list of globs' });

export const oidcSchema = z
  .strictObject({
    issuer: z.string().min(1).max(1000).meta({
      description: 'Who issues the tokens: what they call "iss", to the letter.',
      allowed: 'an https URL',
    }),
    audience: z.string().min(1).max(1000).meta({
      description: 'What the tokens must call "aud"; best the address of this service.',
    }),
    claims: z.record(z.string().min(1).max(200).meta({ allowed: 'the name of a claim' }), claim).meta({
      description:
        'Globs that claims of the token must match, all of them. "*" is one or more characters except "/" and "@", "**" is anything.',
      examples: [{ repository_id: '123456', ref: 'refs/tags/*' }],
      allowed: 'a map of claims to globs',
      minProperties: 1,
    }),
  })
  .meta({
    description: 'This caller sends tokens of an OpenID Connect issuer, as CI services give them to jobs.',
  });

export const callerSchema = z
  .strictObject({
    token: secretRef.optional().meta({
      secret: true,
      description: 'The bearer token of this caller: "Authorization: Bearer TOKEN".',
    }),
    oidc: oidcSchema.optional(),
  })
  .meta({ description: 'Somebody who may ask, under a name of your choice.', minProperties: 1 });
