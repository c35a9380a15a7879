import { z } from 'zod';
import { path, secretRef } from './fields.ts';

export const registrySchema = z
  .strictObject({
    host: z.string().min(1).max(300).meta({
      description:
        'host or host:port. "*.example.com" and "*" stand for any public host, then without credentials.',
    }),
    credentials: secretRef
      .optional()
      .meta({ secret: true, description: 'A Docker config.json, or user:password.' }),
    ca: path.optional().meta({ description: 'PEM file with the CAs of this registry, on Node only.' }),
    plainHttp: z
      .boolean()
      .optional()
      .meta({ description: 'Speak HTTP without TLS. Refused unless written. Default: false.' }),
    redirectHosts: z.array(z.string().min(1).max(300)).optional().meta({
      description:
        'The only other hosts that blobs may be redirected to. Default: any public https host. "http://host:port" for a plain one of your own.',
    }),
    tokenHosts: z.array(z.string().min(1).max(300)).optional().meta({
      description:
        'The only other hosts that tokens may be fetched from. Default: any public https host. "http://host:port" for a plain one of your own.',
    }),
    anonymousMayVerify: z.boolean().optional().meta({
      description:
        'With access.verify: anyone, read this registry with its credentials for everybody. Default: false.',
    }),
  })
  .meta({ description: 'A registry that may be spoken to.' });
