/**
 * Why chartseal denies a vector of `provenance/`; it allows the ones that are not here. All that openpgp.js refuses is
 * among them, and what it takes although a rule that it does not know is broken.
 */
export const PROVENANCE_DENIED: Record<string, string[]> = {
  'FILES-key.prov': ['provenance.files_miscased', 'provenance.metadata'],
  'bom-first.prov': ['pgp.text_outside_block'],
  'dup-files-key.prov': ['provenance.files_duplicate', 'provenance.metadata'],
  'extra-clearsign-header.prov': ['pgp.header'],
  'extra-keys.prov': ['provenance.metadata'], // "name: x" and no version
  'future.prov': ['pgp.signed_in_future'],
  'inline-signed.prov': ['pgp.malformed'],
  'lying-hash-header.prov': ['pgp.hash_header'],
  'metadata-empty.prov': ['provenance.metadata'],
  'metadata-not-yaml.prov': ['provenance.metadata'],
  'metadata-wrong-type.prov': ['provenance.metadata'],
  'nf.3.prov': ['pgp.key_flags'],
  'nf.4.prov': ['pgp.key_flags'],
  'no-separator.prov': ['provenance.separator'],
  'other-name.prov': ['provenance.metadata'], // "name: x" and no version
  'r1024.prov': ['pgp.weak_key'],
  'sha1.prov': ['pgp.weak_hash'],
  'starts-with-dots.prov': ['provenance.separator'],
  'two-blocks-bad-first.prov': ['pgp.multiple_blocks'],
  'uppercase-hex.prov': ['provenance.files_malformed', 'provenance.metadata'],
  'uppercase-scheme.prov': ['provenance.files_malformed', 'provenance.metadata'],
};
