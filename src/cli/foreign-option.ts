// What users of helm and cosign type out of habit, and what it is here.
const ANYWHERE: Record<string, string> = {
  '--allow-http-registry': 'Here it is --plain-http.',
  '--allow-insecure-registry': 'TLS is always verified: --ca-file FILE names the CA of the registry.',
  '--insecure-skip-tls-verify': 'TLS is always verified: --ca-file FILE names the CA of the registry.',
  '--insecure-ignore-sct': 'Here it is --certificate-transparency optional.',
  '--output': 'Here it is --format.',
  '-o': 'Here it is --format.',
  '--username': 'Log in with "helm registry login HOST": credentials are found where it keeps them.',
  '--password': 'Log in with "helm registry login HOST": credentials are found where it keeps them.',
  '--registry-config': 'Set HELM_REGISTRY_CONFIG to the path of the file.',
};

const OF: Record<string, Record<string, string>> = {
  verify: {
    '--key': 'Here it is --cosign-key FILE for a public key of cosign, and --keyring FILE for PGP.',
    '--certificate-identity-regexp': 'Here it is --subject GLOB: "*" and "**", no regular expression.',
    '--certificate-oidc-issuer-regexp': 'Here it is --issuer GLOB: "*" and "**", no regular expression.',
    '--insecure-ignore-tlog': 'Here it is --transparency-log optional.',
    '--private-infrastructure': 'Here it is --transparency-log optional.',
    '--use-signed-timestamps': 'Leave it out: timestamps are looked at without it.',
    '--offline': 'Leave it out: a signature carries its proofs, and no log is asked.',
    '--type': 'Here it is --predicate-type URI, the whole of it.',
  },
  sign: {
    '--keyring': 'Here it is --key FILE, an armored secret key: gpg --armor --export-secret-keys KEY > FILE',
    '--tlog-upload': 'Here --signing-config FILE says whether and where a signature is logged.',
    '--fulcio-url': 'Here --signing-config FILE names the services.',
    '--rekor-url': 'Here --signing-config FILE names the services.',
    '--timestamp-server-url': 'Here --signing-config FILE names the services.',
    '-y': 'Leave it out: only --all asks, and --yes answers.',
  },
};

/**
 * What an option of helm or cosign, which chartseal does not have, is called here.
 * @param command the name of the command it was given to
 * @param message what the parser says of it
 */
export function foreignOptionHelp(command: string, message: string): string | undefined {
  // A letter may have its value behind it: -ojson.
  const option = /^unknown option '(--[a-z-]+|-[a-z])/.exec(message)?.[1];
  const own = OF[command];
  if (option === undefined || own === undefined) return undefined;
  return own[option] ?? ANYWHERE[option];
}
