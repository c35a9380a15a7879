const outside = ['pgp.text_outside_block'];
const malformed = ['pgp.malformed'];

/**
 * What a reader of provenance files answers to the vectors of `hostile/clearsign` (path: codes, and how many signatures
 * are good all the same). None is a provenance file, so all are refused in the end.
 */
export const CLEARSIGNED: Record<string, { codes: string[]; goodSignatures?: number }> = {
  'golang-x-crypto/clearsignInput.asc': { codes: outside },
  'golang-x-crypto/clearsignInput2.asc': { codes: outside },
  'golang-x-crypto/clearsignInput3.asc': { codes: ['pgp.untrusted_key'] },
  'golang-x-crypto/invalid-00.asc': { codes: outside },
  'golang-x-crypto/invalid-01.asc': { codes: malformed },
  'golang-x-crypto/invalid-02.asc': { codes: malformed },
  'golang-x-crypto/invalid-03.asc': { codes: outside },
  'golang-x-crypto/invalid-04.asc': { codes: outside },
  // E-mails: however good the signature in one, it is no provenance.
  'johnny/m1-prepending-text/m1-pgp-inline.eml': { codes: outside },
  'johnny/m1-prepending-text/m1-pgp-inline2.eml': { codes: outside },
  'johnny/m1-prepending-text/m1-pgp-mime.eml': { codes: malformed },
  'johnny/m1-prepending-text/m1-smime.eml': { codes: malformed },
  'johnny/m2-hiding-with-html/m2-pgp-inline.eml': { codes: outside },
  'johnny/m2-hiding-with-html/m2-pgp-inline2.eml': { codes: outside },
  'johnny/m2-hiding-with-html/m2-pgp-mime.eml': { codes: malformed },
  'johnny/m2-hiding-with-html/m2-smime-mix.eml': { codes: malformed },
  'johnny/m3-hiding-in-reference/m3-pgp-inline.eml': { codes: outside },
  'johnny/m3-hiding-in-reference/m3-pgp-mime.eml': { codes: malformed },
  'johnny/m3-hiding-in-reference/m3-smime.eml': { codes: malformed },
  'johnny/m4-hiding-as-attachment/m4-pgp-inline.eml': { codes: outside },
  'johnny/m4-hiding-as-attachment/m4-pgp-mime.eml': { codes: malformed },
  'johnny/m4-hiding-as-attachment/m4-smime.eml': { codes: malformed },
  'johnny/valid-signed/eve-pgp-inline.eml': { codes: outside },
  'johnny/valid-signed/eve-pgp-mime.eml': { codes: malformed },
  'johnny/valid-signed/eve-smime.eml': { codes: malformed },
  'johnny/valid-signed/manager-pgp-inline.eml': { codes: outside },
  'johnny/valid-signed/manager-pgp-mime.eml': { codes: malformed },
  'johnny/valid-signed/manager-smime.eml': { codes: malformed },
  'johnny/valid_email_from_manager.eml': { codes: malformed },
  'openpgpjs/brainpool-line154.asc': { codes: ['pgp.unsupported'] },
  'openpgpjs/ecc_secp256k1-line107.asc': { codes: ['pgp.unsupported'] },
  'openpgpjs/message_signature_bypass-FORGED-standalone-sig.asc': { codes: ['pgp.signature_type'] },
  'openpgpjs/message_signature_bypass-line52.asc': { codes: ['provenance.separator'], goodSignatures: 1 },
  'openpgpjs/signature-line1121.asc': { codes: ['pgp.header'] },
  'openpgpjs/signature-line1133.asc': { codes: ['pgp.header'] },
  'openpgpjs/signature-line1605.asc': { codes: ['pgp.unsupported'] },
  'openpgpjs/signature-line1646.asc': { codes: ['provenance.separator'], goodSignatures: 2 },
  // An artefact of extraction, as README.txt says: its signature never fitted this text.
  'openpgpjs/signature-line1723.asc': { codes: ['pgp.bad_signature'] },
  'openpgpjs/signature-line2187.asc': { codes: ['provenance.separator'], goodSignatures: 1 },
  'openpgpjs/signature-line2603.asc': { codes: ['pgp.unsupported'] },
  'openpgpjs/x25519-line52.asc': { codes: ['provenance.separator'], goodSignatures: 1 },
};
