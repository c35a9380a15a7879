import { z } from 'zod';

/** Names of trust entries, policies and callers: they appear in reports, headers and log lines as they are. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export const name = z.string().regex(NAME).meta({
  allowed: 'letters, digits, ".", "_" and "-", at most 100, a letter or digit first',
});

export const path = z.string().min(1).max(4096).meta({ allowed: 'the path of a file' });

export const trustedRoot = (description: string) =>
  path.optional().meta({ description, allowed: 'public-good, or the path of a trusted_root.json' });

export const annotations = (description: string) =>
  z
    .record(z.string().min(1).max(200).meta({ allowed: 'the name of an annotation' }), z.string().max(1000))
    .optional()
    .meta({ description, minProperties: 1 });

export const certificateTransparency = z.enum(['required', 'optional']).optional().meta({
  description: 'Keyless: must the certificate prove that it was logged? Default: required.',
});

export const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/)
  .meta({
    secret: true,
    allowed: 'the name of an environment variable or Worker secret, never the secret itself',
    description:
      'Name of an environment variable (Node) or Worker secret (edge). May come in parts: NAME_1, NAME_2, …',
  });

export const secretRef = z.strictObject({ secret: secretName }).meta({
  secret: true,
  allowed: 'a map { secret: NAME }',
});

export const fingerprint = z
  .string()
  .regex(/^(?:0x)?(?:[0-9A-Fa-f]\s*){39}[0-9A-Fa-f]$|^(?:0x)?(?:[0-9A-Fa-f]\s*){63}[0-9A-Fa-f]$/)
  .meta({
    allowed:
      'the whole fingerprint of a primary key, 40 hex digits (64 for v6 keys); key ids can be forged. gpg --fingerprint prints it',
  });

export const glob = (description: string) => z.string().min(1).max(500).meta({ description });

export function limit(least: number, most: number, standard: number, description: string) {
  return z
    .int()
    .min(least)
    .max(most)
    .optional()
    .meta({ description: `${description} Default: ${standard}.`, default: standard });
}

export function bytes(standard: number, description: string) {
  return limit(1024, 2 ** 31 - 1, standard, description);
}
