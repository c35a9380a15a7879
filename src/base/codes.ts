/**
 * Every code that a report's reason, a check or an error can carry: what it means and what to do about it.
 * Codes are part of the API: they are added, never renamed and never given another meaning.
 */
export const CODES = {
  // requests and configuration
  'request.invalid': c('The request is malformed.', 'Correct the field named in the message.'),
  'request.too_large': c(
    'The request body is larger than allowed.',
    'Send a smaller body; the message names the limit.',
  ),
  'request.not_found': c(
    'There is nothing at this path.',
    'See the API section of the README for the paths.',
  ),
  'request.method': c('The path does not take this method.', 'Use the method named in the Allow header.'),
  'request.unauthenticated': c(
    'No valid credentials of a caller were sent.',
    'Send "Authorization: Bearer TOKEN" with the token of a configured caller.',
  ),
  'request.forbidden': c(
    'The caller may not do this.',
    'Ask whoever keeps the configuration to allow it, or use another caller.',
  ),
  'request.rate_limited': c(
    'Too many requests from this caller or address.',
    'Wait as long as Retry-After says.',
  ),
  'oidc.unavailable': c(
    "The keys of a token's issuer could not be had, so the token could not be judged.",
    'Try again later; check that the issuer under "callers" can be reached from here.',
  ),
  'reference.invalid': c(
    'The chart reference cannot be read.',
    'Write oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST].',
  ),
  'reference.version_mismatch': c(
    'The version asked for is not the tag of the reference.',
    'Give the version once: as the tag or as the version.',
  ),
  'reference.version_invalid': c(
    'The version is neither a version nor a range.',
    'Write a SemVer version or a range as Helm reads it, like ">=1.2.0 <2".',
  ),
  'registry.not_listed': c(
    'The registry is not among those that may be asked.',
    'Add its host under "registries" in the configuration.',
  ),
  'policy.unknown': c('No policy of this name exists.', 'Name a policy of the configuration.'),
  'policy.not_covering': c(
    'The named policy does not cover this reference.',
    'Name a policy whose match covers the repository, or none.',
  ),
  'config.invalid': c('The configuration cannot be used.', 'Correct the field named in the message.'),
  'config.secret_missing': c(
    'A secret that the configuration names is not set.',
    'Set the environment variable or Worker secret of that name.',
  ),
  'keyring.invalid': c(
    'The keyring cannot be read.',
    'Export it again: gpg --export (binary) or gpg --armor --export.',
  ),
  'keyring.empty': c(
    'The keyring holds no usable public key.',
    'Check the file and the fingerprints that select from it.',
  ),
  'usage.invalid': c('The command line cannot be understood.', 'See "chartseal help".'),
  'file.unreadable': c(
    'A file named on the command line cannot be read.',
    'Check the path and its permissions.',
  ),
  'file.exists': c(
    'A file that would be written is there already.',
    'Move it away first, or write to another place.',
  ),
  'server.unavailable': c(
    'The chartseal service could not be reached or failed.',
    'Check the address given with --server, and that the service runs there.',
  ),
  'server.protocol': c(
    'The answer is not that of a chartseal service.',
    'Check the address given with --server and what stands in front of it.',
  ),
  'internal.error': c(
    'Something in chartseal failed.',
    'Report it with the request id; the log holds the cause.',
  ),

  // the registry
  'chart.not_found': c(
    'The registry has no such chart.',
    'Check repository and tag; "helm show chart" with the same reference should fail too. A private registry may also answer like this without credentials.',
  ),
  'chart.version_incomparable': c(
    'The repository has a tag that cannot be compared with others, and clients may take it for the newest.',
    'Remove the tag, or ask for one version instead of a range.',
  ),
  'chart.no_matching_version': c(
    'No tag of the repository satisfies the version range.',
    'Ask for another range, or push the version.',
  ),
  'registry.unauthorized': c(
    'The registry refused access.',
    'Check the credentials configured for this registry and that they may pull.',
  ),
  'registry.timeout': c(
    'The registry did not answer in time.',
    'Try again; raise the deadline if the registry is always slow.',
  ),
  'registry.unavailable': c(
    'The registry could not be reached or failed.',
    'Try again later; check the registry.',
  ),
  'registry.rate_limited': c(
    'The registry asks to slow down.',
    'Try again after the time the registry names; use credentials with a higher limit.',
  ),
  'registry.protocol': c(
    'The registry answered against the distribution protocol.',
    'Check that the host is an OCI registry and what stands in front of it.',
  ),
  'registry.digest_mismatch': c(
    'The registry sent other content than its digest says.',
    'Do not use this chart; the registry or something before it alters or mixes up content.',
  ),
  'registry.truncated': c(
    'The answer of the registry ended early or late.',
    'Try again; check proxies between here and the registry.',
  ),
  'registry.too_large': c(
    'The answer of the registry is larger than the limit.',
    'Check the object; raise the named limit only if it is right.',
  ),
  'registry.blob_missing': c(
    'The manifest names a blob that the registry does not have.',
    'Push the chart again.',
  ),
  'registry.redirect_refused': c(
    'The registry redirected to a place that must not be followed.',
    'Check the registry; name the host in "redirectHosts" if it is yours.',
  ),
  'registry.token_refused': c(
    'The registry names a token service that must not be asked.',
    'Check the registry; name the host in "tokenHosts" if it is yours.',
  ),
  'registry.address_refused': c(
    'The host leads to a private or special address.',
    'Name the host literally under "registries" if it is meant.',
  ),
  'registry.plain_http': c(
    'The registry would be spoken to without TLS.',
    'Write "plainHttp: true" for this registry if that is meant (--plain-http on the command line).',
  ),
  'registry.upload_refused': c(
    'The registry does not take what is written.',
    'See what the registry says; check that the repository exists and its rules allow this upload.',
  ),
  'registry.precondition': c(
    'The tag names another manifest than expected.',
    'Look at what the tag names now, and start again from that.',
  ),
  'registry.tag_immutable': c(
    'The registry does not let this tag be moved.',
    'Sign with mode "detached", which leaves the tag and its manifest as they are; or exempt the tag in the registry.',
  ),
  'registry.cancelled': c('The work was given up before the registry answered.', 'Try again.'),
  'limit.requests': c(
    'Judging this chart would take more requests to the registry than allowed.',
    'Raise limits.requests, or ask for fewer references at once.',
  ),
  'evidence.limit': c(
    'Evidence is larger or more numerous than the limit.',
    'Look at what is attached to the chart; raise the named limit only if it is right.',
  ),
  'limit.load': c(
    'More verifications were asked for than the service takes at a time.',
    'Ask again in a moment; give the service more replicas, or raise limits.inFlight or limits.waiting.',
  ),
  'limit.deadline': c(
    'The time to answer was over before the chart was judged.',
    'Try again; raise timeoutSeconds of the webhook (30 at most), or find out why the registry is slow.',
  ),
  'limit.charts': c(
    'More charts are named than are judged for one request.',
    'Name fewer charts in one object or request, or raise limits.reviewCharts.',
  ),
  'evidence.missing': c(
    'The registry lists evidence that it does not have.',
    'Attach the evidence again, or take it from the list.',
  ),

  // the manifest
  'manifest.invalid': c('The manifest cannot be read.', 'Push the chart again with helm push.'),
  'manifest.index': c(
    'The reference names an image index, not a chart.',
    'Ask for one of the chart manifests it lists, by digest.',
  ),
  'manifest.docker_schema': c(
    'The reference names a Docker manifest, which Helm does not read.',
    'Push the chart with helm push.',
  ),
  'manifest.not_a_chart': c(
    'The reference names something that is not a Helm chart.',
    'Check the reference.',
  ),
  'manifest.ambiguous': c(
    'The manifest has more than one layer of a kind that must be single, so clients may read different ones.',
    'Push the chart again with helm push.',
  ),
  'manifest.extra_layer': c(
    'The manifest has a layer that the provenance does not cover.',
    'Push the chart again with helm push, or require a signature of the manifest.',
  ),
  'manifest.unsigned_differs': c(
    'Config or annotations, which PGP does not sign, differ from the signed text.',
    'Trust the signed text; find out who changed the manifest.',
  ),
  'manifest.config_unread': c(
    'The config blob is not the one Helm writes for the signed text, and could not be read to say what differs.',
    'The verdict does not rest on it; ask again to see what differs.',
  ),
  'manifest.legacy_layer_type': c(
    'The chart layer has the media type of Helm before 3.8.',
    'Nothing is wrong with it; pushing again with a current Helm renews it.',
  ),
  'manifest.subject': c(
    'The manifest has a subject, which Helm downloads too.',
    'Push the chart again without it.',
  ),

  // the chart that was asked for
  'chart.name_mismatch': c(
    'The signed chart has another name than the one asked for.',
    'Do not deploy it; or push it under its own name; where mirrors rename charts, unsafeAllow: [renamed].',
  ),
  'chart.version_mismatch': c(
    'The signed chart is of another version than the one asked for.',
    'Do not deploy it: an old chart may have been retagged; where mirrors retag, unsafeAllow: [retagged].',
  ),
  'chart.tag_unversioned': c(
    'The tag claims no version, so none was compared.',
    'Ask by version or digest to be sure which one it is.',
  ),
  'chart.v_prefix': c(
    'Tag and signed version differ by a leading v only.',
    'Nothing is wrong; helm pull --verify may still refuse it.',
  ),
  'chart.renamed': c('The signed name differs, which the policy allows.', 'See unsafeAllow in the policy.'),
  'chart.retagged': c(
    'The signed version differs, which the policy allows.',
    'See unsafeAllow in the policy.',
  ),

  // the provenance file
  'pgp.provenance_missing': c(
    'The chart has no provenance.',
    'Sign it: chartseal sign; or helm package --sign, then helm push with the .prov beside the archive.',
  ),
  'pgp.malformed': c(
    'The provenance is not a well-formed clear-signed message.',
    'Sign the chart again; check that nothing rewrote the .prov file.',
  ),
  'pgp.text_outside_block': c(
    'There is text before or after the signed block.',
    'Remove it: it is not signed, and a reader may take it for signed.',
  ),
  'pgp.multiple_blocks': c(
    'The provenance has more than one signed block.',
    'Keep one: readers disagree on which one counts.',
  ),
  'pgp.header': c('The signed block has a header other than Hash.', 'Sign the chart again.'),
  'pgp.hash_header': c(
    'The Hash header names another algorithm than the signature.',
    'Sign the chart again.',
  ),
  'pgp.no_signature': c('The signed block carries no signature.', 'Sign the chart again.'),
  'pgp.bad_signature': c(
    'The signature does not fit the signed text.',
    'Do not use this chart: text or signature were altered.',
  ),
  'pgp.signature_type': c(
    'The signature is of a type that does not sign a document.',
    'Do not use this chart; sign it again.',
  ),
  'pgp.unsupported': c(
    'The signature uses a version or algorithm that is not supported.',
    'Sign with RSA (3072 bits or more), NIST P-256 or P-384.',
  ),
  'pgp.untrusted_key': c(
    'The signature is by a key that the policy does not trust.',
    'If the signer is right, add the public key to the trust entry; otherwise do not deploy.',
  ),
  'pgp.trusted_key': c('The signature is by a key of the trust entry.', 'Nothing to do.'),
  'pgp.signature_good': c('The signature fits the signed text.', 'Nothing to do.'),
  'pgp.key_expired': c(
    'The key has expired since it signed.',
    'The signature was made in time; Helm 3.21.4 and later refuse it all the same: extend the key or sign again.',
  ),
  'pgp.key_expired_at_signing': c('The key was not valid when it signed.', 'Sign again with a valid key.'),
  'pgp.key_revoked': c('The key is revoked.', 'Do not deploy; sign again with another key.'),
  'pgp.key_flags': c(
    'The key is not marked as one that may sign.',
    'Sign with a key or subkey that has the signing flag.',
  ),
  'pgp.signature_expired': c('The signature has expired.', 'Sign again.'),
  'pgp.signed_in_future': c(
    'The signature says it was made in the future.',
    'Check the clocks of signer and verifier.',
  ),
  'pgp.weak_hash': c(
    'The signature uses a broken hash algorithm.',
    'Sign again with SHA-256 or better; unsafeAllow: [sha1] accepts SHA-1.',
  ),
  'pgp.weak_key': c(
    'The RSA key is too short.',
    'Sign with RSA of 3072 bits or more; unsafeAllow: [rsa1024] accepts short ones.',
  ),
  'pgp.dsa': c(
    'The key uses DSA, which is obsolete.',
    'Sign with RSA of 3072 bits or more; unsafeAllow: [dsa] accepts it.',
  ),
  'pgp.digest_mismatch': c(
    'The signed text names another digest than that of the chart.',
    'Do not deploy: the archive is not the one that was signed.',
  ),
  'pgp.digest_match': c('The signed text names the digest of the chart.', 'Nothing to do.'),
  'provenance.separator': c(
    'The signed text is not chart metadata, "..." and a files map.',
    'Sign the chart again with helm package --sign.',
  ),
  'provenance.extra_document': c(
    'The signed text has more than two documents.',
    'Sign the chart again; readers ignore the rest.',
  ),
  'provenance.metadata': c(
    'The first part of the signed text is not the metadata of a chart.',
    'Sign the chart again with helm package --sign.',
  ),
  'provenance.files_missing': c(
    'The signed text has no usable files map.',
    'Sign the chart again with helm package --sign.',
  ),
  'provenance.files_duplicate': c(
    'The files map has a key twice.',
    'Sign the chart again; readers disagree on which one counts.',
  ),
  'provenance.files_miscased': c(
    'A key of the second part is "files" in other case.',
    'Sign the chart again; only Go reads it.',
  ),
  'provenance.files_malformed': c(
    'An entry of the files map is not "sha256:" and 64 lower-case hex digits.',
    'Sign the chart again.',
  ),

  // the archive
  'archive.invalid': c(
    'The archive is not a readable gzip-compressed tar.',
    'Package the chart again with helm package.',
  ),
  'archive.too_large': c(
    'The archive or a file in it exceeds the limits Helm has.',
    'Make the chart smaller.',
  ),
  'archive.trailing_data': c(
    'The archive goes on after its end.',
    'Package the chart again with helm package.',
  ),
  'archive.no_chart': c(
    'The archive has no Chart.yaml in its base directory.',
    'Package the chart again with helm package.',
  ),
  'archive.duplicate': c(
    'The archive has a file twice, so readers may take either.',
    'Package the chart again with helm package.',
  ),
  'archive.path': c(
    'The archive has a file whose path leads out of the chart.',
    'Do not unpack it; package the chart again with helm package.',
  ),
  'archive.link': c(
    'The archive has a link, which Helm reads as an empty file.',
    'Package the chart again with helm package.',
  ),
  'archive.special': c(
    'The archive has an entry that is neither file nor directory.',
    'Package the chart again with helm package.',
  ),
  'archive.several_roots': c(
    'The archive has files under more than one base directory.',
    'Package the chart again with helm package.',
  ),
  'archive.backslash': c(
    'The archive has a backslash in a path, which changes how Helm reads it.',
    'Package the chart again with a current Helm.',
  ),
  'archive.chart_yaml': c(
    'Chart.yaml of the archive is not the metadata of a chart.',
    'Correct Chart.yaml and package again.',
  ),
  'archive.truncated': c(
    'The archive ends early.',
    'Fetch or package the chart again; a part of it is missing.',
  ),
  'archive.no_end': c(
    'The archive has no end marker, so a part may be missing.',
    'Package the chart again with helm package.',
  ),
  'archive.root_chart_yaml': c(
    'The archive has its Chart.yaml outside of a base directory, which Helm refuses.',
    'Package the chart again with helm package.',
  ),
  'archive.base_name': c(
    'The base directory of the archive is not named like the chart.',
    'Nothing is wrong for Helm; tools that unpack the archive may look elsewhere.',
  ),
  'archive.case_duplicate': c(
    'Two files of the archive differ in upper and lower case only.',
    'Rename one: on some systems one replaces the other.',
  ),
  'archive.ambiguous': c(
    'Readers of tar disagree on what this archive holds.',
    'Do not use it; package the chart again with helm package.',
  ),
  'archive.sparse': c(
    'The archive has a sparse file, which readers unpack differently.',
    'Package the chart again with helm package.',
  ),
  'archive.name': c(
    'The archive has a file whose name is not plain UTF-8 text.',
    'Rename the file and package the chart again.',
  ),
  'archive.bom': c(
    'A file begins with a byte order mark, which Helm removes.',
    'Nothing is wrong; save the file without it to be safe.',
  ),
  'archive.metadata_differs': c(
    'Chart.yaml of the archive says something else than the signed text.',
    'Sign the chart again with helm package --sign.',
  ),
  'archive.digest_mismatch': c('The archive read is not the one the manifest names.', 'Do not use it.'),
  'archive.subchart': c('The archive contains another chart.', 'Its own signature was not looked at.'),
  'archive.dependency': c('The chart declares a dependency.', 'Its own signature was not looked at.'),
  'archive.read': c('The archive was read whole.', 'Nothing to do.'),

  // sigstore signatures
  'sigstore.signature_missing': c(
    'The chart has no sigstore signature.',
    'Sign it: chartseal sign, or cosign sign with the digest that helm push printed.',
  ),
  'sigstore.no_manifest': c(
    'Sigstore signs the manifest of a chart in a registry, and a file has none.',
    'Verify the chart where it lies: oci://…; or require a PGP signature for files.',
  ),
  'sigstore.malformed': c('The bundle or signature is not well-formed.', 'Sign the chart again.'),
  'sigstore.unsupported': c(
    'The signature uses a format or algorithm that is not supported.',
    'Sign again with a current cosign and an ECDSA P-256 key, or keyless.',
  ),
  'sigstore.payload_type': c(
    'The envelope does not carry an in-toto statement.',
    'Do not take it for a signature; sign the chart with cosign sign.',
  ),
  'sigstore.statement': c('The signed statement cannot be read.', 'Sign the chart again.'),
  'sigstore.subject_mismatch': c(
    'What was signed is another manifest.',
    'Do not deploy: the signature was copied from elsewhere. Sign this digest.',
  ),
  'sigstore.predicate_type': c(
    'It is an attestation of something else and no signature of the chart.',
    'Sign the chart with cosign sign; or name the type under predicateTypes if it is meant.',
  ),
  'sigstore.annotation_mismatch': c(
    'The signed annotations are not those that the policy asks for.',
    'Sign again with -a NAME=VALUE: chartseal sign and cosign sign both take it.',
  ),
  'sigstore.bad_signature': c(
    'The signature does not fit what it signs.',
    'Do not use this chart: statement or signature were altered, or another key signed.',
  ),
  'sigstore.untrusted_key': c(
    'The signature is not by the key that the policy trusts.',
    'If the signer is right, name its public key under trust; otherwise do not deploy.',
  ),
  'sigstore.identity_mismatch': c(
    'The certificate was issued to somebody else.',
    'If this signer is right, name its subject under trust; otherwise do not deploy.',
  ),
  'sigstore.issuer_mismatch': c(
    'The identity was vouched for by another issuer.',
    'If this issuer is right, name it under trust; otherwise do not deploy.',
  ),
  'sigstore.extension_mismatch': c(
    'A certificate extension is not what the policy asks for.',
    'Compare "extensions" of the trust entry with those in the evidence.',
  ),
  'sigstore.certificate_invalid': c(
    'The certificate does not come from a trusted authority, or may not sign.',
    'Check which trusted root the trust entry names; otherwise do not deploy.',
  ),
  'sigstore.certificate_expired': c(
    'The certificate was not valid when it signed.',
    'Sign again: the signature must be made while the certificate lives.',
  ),
  'sigstore.sct_missing': c(
    'The certificate does not prove that it was logged (no signed certificate timestamp).',
    'Use a Fulcio with a log; for a private one, certificateTransparency: optional (--certificate-transparency optional).',
  ),
  'sigstore.sct_invalid': c(
    'The proof that the certificate was logged does not hold.',
    'Check which trusted root the trust entry names; otherwise do not deploy.',
  ),
  'sigstore.log_missing': c(
    'The signature does not prove that it was logged.',
    'Sign with a transparency log; where none is used, transparencyLog: optional (--transparency-log optional).',
  ),
  'sigstore.log_invalid': c(
    'The proof that the signature was logged does not hold.',
    'Do not use this chart; check which trusted root the trust entry names.',
  ),
  'sigstore.log_mismatch': c(
    'The log entry is that of another signature, key or digest.',
    'Do not use this chart: the entry was copied from elsewhere.',
  ),
  'sigstore.timestamp_missing': c(
    'Nothing trusted says when it was signed.',
    'Sign with a transparency log of version 1 or a timestamp authority.',
  ),
  'sigstore.timestamp_invalid': c(
    'The timestamp does not hold.',
    'Check which trusted root the trust entry names; otherwise do not deploy.',
  ),
  'sigstore.signer_blocked': c(
    'The signer is blocked.',
    'Do not deploy; see "blocked" in the configuration.',
  ),
  'sigstore.signature_good': c('The signature fits the manifest.', 'Nothing to do.'),
  'sigstore.trusted_signer': c('The signature is by the signer of the trust entry.', 'Nothing to do.'),
  'sigstore.signer_invalid': c(
    'The signer named on the command line cannot be used.',
    'Give --cosign-key FILE, or --issuer and --subject; a PGP key is given with --keyring. See "chartseal help verify".',
  ),
  'sigstore.root_invalid': c(
    'The trusted root cannot be used.',
    'Give a trusted_root.json, as "cosign trusted-root create" or the TUF repository of your instance makes it.',
  ),
  'sigstore.key_invalid': c(
    'The public key cannot be used.',
    'Give a PEM file as cosign.pub is: -----BEGIN PUBLIC KEY-----.',
  ),
  'sigstore.bare_signature': c(
    'The bundle signs bytes without a statement of what they are.',
    'Sign the chart with chartseal sign or cosign sign, not with cosign sign-blob.',
  ),
  'sigstore.certificate_missing': c(
    "The signature is by a key without a certificate, so it says nobody's name.",
    'If the key is right, name it under trust; otherwise sign keyless.',
  ),
  'sigstore.needs_content': c(
    'The digest alone is not enough to check a signature by this kind of key.',
    'Verify with the signed bytes; or sign with an ECDSA key, or keyless.',
  ),
  'sigstore.chart_logged': c('A transparency log recorded the chart with this provenance.', 'Nothing to do.'),
  'sigstore.chart_not_logged': c(
    'No entry of the transparency log records the chart with this provenance.',
    'If it was never uploaded, sign the chart with cosign as well, which is logged; see docs/helm-sigstore.md.',
  ),
  'sigstore.log_unavailable': c(
    'The transparency log could not be reached, or failed.',
    'Try again later; check the address of the log and that it can be reached from here.',
  ),
  'sigstore.log_protocol': c(
    'The transparency log answered with something else than its protocol has, or with more than is read.',
    'Check that the address is that of a Rekor log of version 1.',
  ),
  'sigstore.log_not_asked': c(
    'The transparency log was not asked.',
    'Verify the chart in its registry, where the log is asked; or do not require the log.',
  ),
  'tuf.unavailable': c(
    'The TUF repository could not be reached, or failed.',
    'Check that the mirror can be reached from here; the last good trusted root stays in use meanwhile.',
  ),
  'tuf.malformed': c(
    'A file of the TUF repository is not well-formed.',
    'Check the mirror, and the TUF root that is started from.',
  ),
  'tuf.unsigned': c(
    'A file of the TUF repository is not signed by enough of the keys that the TUF root names.',
    'Do not trust the mirror; check that it belongs to the TUF root that is started from.',
  ),
  'tuf.expired': c(
    'A file of the TUF repository has expired.',
    'The mirror is stale or somebody holds new files back: ask another mirror, and check the clock.',
  ),
  'tuf.rollback': c(
    'The TUF repository shows older files than it did before.',
    'Do not trust the mirror: it is stale, or somebody wants an old trusted root back.',
  ),
  'tuf.mismatch': c(
    'A file of the TUF repository is not the one that the signed list names.',
    'The mirror is being updated or was tampered with: try again later, or ask another mirror.',
  ),
  'tuf.too_large': c(
    'A file of the TUF repository is larger than allowed.',
    'Check the mirror: no file of a trusted root is that large.',
  ),
  'tuf.target_missing': c(
    'The TUF repository has no such file.',
    'Check that the mirror is that of a sigstore instance: it must list trusted_root.json.',
  ),
  'tuf.store_unavailable': c(
    'What was kept of the TUF repository could not be read or written.',
    'Make the folder (Node) or the KV namespace (edge) readable and writable.',
  ),

  // what a signing service keeps
  'audit.unavailable': c(
    'The audit log could not be read or written.',
    'Nothing is signed without it: make its database reachable and writable, then try again.',
  ),
  'lock.unavailable': c(
    'The store of locks could not be asked.',
    'Make its database reachable and writable, then try again.',
  ),

  // signing
  'sign.tag_required': c(
    'Attaching a provenance moves a tag, and the request names none.',
    'Add the tag, or ask for mode "detached".',
  ),
  'sign.digest_required': c(
    'The request does not say by digest what is to be signed.',
    'Send expectedDigest, or write the digest into the reference; helm push prints it.',
  ),
  'sign.digest_mismatch': c(
    'The tag names another chart than the one to be signed.',
    'Find out who pushed it; ask again with its digest if it is meant.',
  ),
  'sign.tag_moved': c(
    'The tag moved while the chart was being signed; it was left alone.',
    'Find out who pushed; ask again with the new digest if it is meant.',
  ),
  'sign.unknown_key': c('There is no signing key of this name.', 'Name one that stands under "signing".'),
  'sign.caller': c(
    'The caller may not sign with this key.',
    'Name the caller under "callers" of the signing entry, or use another key.',
  ),
  'sign.repository': c(
    'The key does not sign in this repository.',
    'Add the repository to "repositories" of the signing entry, or use another key.',
  ),
  'sign.one_pgp': c('A chart takes one provenance.', 'Name one PGP key, and any number of sigstore signers.'),
  'sign.already_signed': c(
    'The chart carries a provenance by another key, or one that does not hold.',
    'Verify it; "replace": true takes its place where the entry says mayReplace.',
  ),
  'sign.replace_refused': c(
    'The signing entry may not replace a provenance.',
    'Set mayReplace on the entry if that is meant.',
  ),
  'sign.not_allowed': c(
    'The chart or the key is blocked, or the policy that the signing entry requires does not allow the chart.',
    'See the reason; verify the chart by that policy.',
  ),
  'sign.archive': c(
    'The archive is not one that may be signed.',
    'Package the chart again with helm package and push it under its own name and version.',
  ),
  'sign.has_referrers': c(
    'Signatures or attestations of the old digest would be left behind.',
    'Attach the provenance before other signatures, or ask for mode "detached".',
  ),
  'sign.locked': c('Another signer works on the same tag or chart.', 'Ask again in a moment.'),
  'sign.self_check': c(
    'What was signed does not verify, so nothing was moved.',
    'See the reason; check what the registry, or a cache before it, gives back.',
  ),
  'sign.key_unusable': c(
    'The key cannot make signatures that every Helm accepts.',
    'Use an RSA key of 3072 bits or more that may sign and is valid; "chartseal keys generate" makes one.',
  ),
  'sign.signer_unavailable': c(
    'The external signer that holds the key could not be reached or failed.',
    'Try again; check the signer (is Vault sealed?) and its address.',
  ),
  'sign.signer_refused': c(
    'The external signer refused to sign, or its signature is not by the key of the certificate.',
    'Check its address, the name and version of the key, the token and what its policy allows.',
  ),
  'sign.identity_required': c(
    'A keyless signature needs the identity token of whoever signs.',
    'Send identityToken: an OpenID Connect token with the audience "sigstore".',
  ),
  'pgp.detached': c(
    'The provenance is attached to the manifest as a referrer.',
    'Helm does not look there: helm pull --verify refuses the chart.',
  ),
  'sign.cosign_key_unusable': c(
    'The key cannot make signatures that cosign accepts.',
    'Use an ECDSA P-256 key: "chartseal keys generate --cosign" or "cosign generate-key-pair" makes one.',
  ),
  'sign.signing_config': c(
    'The signing config cannot be used.',
    'Give a signing_config.json of version 0.2, as "cosign signing-config create" or the TUF repository of your instance makes it.',
  ),
  'sign.identity_token': c(
    'The identity token cannot be used.',
    'Send a fresh OpenID Connect token with the audience "sigstore" as identityToken.',
  ),
  'sign.identity_refused': c(
    'The certificate authority gives no certificate for this identity token.',
    'See what it says; send a fresh token with the audience "sigstore" of an issuer that this authority trusts.',
  ),
  'sign.service_unavailable': c(
    'A service that signing needs (certificate authority, transparency log, timestamp authority) could not be reached or failed.',
    'Try again; check the services that the signing config names.',
  ),
  'sign.service_refused': c(
    'A service that signing needs refused the request, or answered something else than it should.',
    'See what it says; check the services that the signing config names, and their versions.',
  ),
  'sign.log_duplicate': c(
    'The transparency log has this very entry already and does not give it out.',
    'Sign again: with another signature it is another entry.',
  ),

  // judgement
  'policy.no_match': c('No policy covers this repository.', 'Add a policy whose match covers it.'),
  'policy.satisfied': c('What the policy requires is there.', 'Nothing to do.'),
  'policy.unsatisfied': c('What the policy requires is not there.', 'See the reasons for each trust name.'),
  'policy.unknown_evidence': c(
    'Whether the policy is satisfied could not be found out.',
    'See the other reasons; try again if the report is retryable.',
  ),
  'blocked.digest': c('The chart is recalled: its digest is blocked.', 'Do not deploy; use another version.'),
  'blocked.signer': c('The signer is blocked.', 'Do not deploy; have the chart signed by another key.'),

  // objects of Kubernetes that name charts
  'k8s.not_oci': c(
    'The object names a chart that is in no OCI registry, so nothing of it can be verified.',
    'Push the chart to an OCI registry and name it there; admission.notOci decides what becomes of others.',
  ),
  'k8s.unresolved_reference': c(
    'Which chart is meant cannot be told from the object alone.',
    'Write the reference out; run in the cluster with admission.cluster; admission.unresolved decides what becomes of it.',
  ),
  'k8s.unreadable': c(
    'The object names a chart in a way that chartseal does not read, or that is not read alike by all.',
    'Write it in the usual way, as the message says; admission.unreadable decides what becomes of it.',
  ),
  'k8s.range': c(
    'The object names a range of versions, which moves on without a review.',
    'Name one version; admission.ranges decides what becomes of ranges.',
  ),
  'k8s.tag': c(
    'The object names a tag, which can be moved without a review.',
    'Name a digest, or let /admission/mutate pin it; admission.tags decides what becomes of tags.',
  ),
  'k8s.unavailable': c(
    'The API server could not be asked for an object that is referred to.',
    'Try again; check that the service account may read the kinds that name charts.',
  ),
} as const satisfies Record<string, { meaning: string; help: string }>;

/** A stable code of the table. */
export type Code = keyof typeof CODES;

function c(meaning: string, help: string): { meaning: string; help: string } {
  return { meaning, help };
}
