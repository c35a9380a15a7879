import { ChartsealError } from '../../base/error.ts';
import { ephemeralKey } from './ephemeral-key.ts';
import { readIdentityToken, refuseExpired } from './read-identity-token.ts';
import type { SigningConfig } from './read-signing-config.ts';
import { requestCertificate } from './request-certificate.ts';
import { type SelectedServices, selectServices } from './select-services.ts';
import { signChart } from './sign-chart.ts';
import type { SignerEnvironment, SigstoreSigner } from './signer.ts';

/** What a keyless signer is made of. */
interface KeylessSignerOptions extends SignerEnvironment {
  /** Which certificate authority, log and timestamp authority. */
  signingConfig: SigningConfig;
}

/**
 * A signer without a key of its own, as `cosign sign --identity-token`: each signature is by a new key, which lives as long as
 * it takes, and a certificate says whose token asked for it.
 * @throws ChartsealError sign.signing_config when it names no certificate authority, or nothing that gives the trusted time
 *   which such a certificate needs, or when no service in it can be used now
 */
export function createKeylessSigner(options: KeylessSignerOptions): SigstoreSigner {
  const { signingConfig, clock, random, timeouts } = options;
  const select = (at: number) => requireTime(selectServices(signingConfig, at, random));
  const { logs } = select(clock());
  return {
    kind: 'keyless',
    key: undefined,
    cosignFlags: logs.length > 0 ? [] : ['--insecure-ignore-tlog', '--use-signed-timestamps'],
    sign: async (input) => {
      const { at, signal } = input;
      // Those that come from files end with a line end.
      const identityToken = input.identityToken?.trim() ?? '';
      if (identityToken === '') {
        throw new ChartsealError('sign.identity_token', 'there is no identity token to sign with');
      }
      const claims = readIdentityToken(identityToken);
      refuseExpired(claims, at);
      const services = select(at);
      const key = ephemeralKey();
      const certificate = await requestCertificate(options, {
        url: services.certificateAuthority.url,
        identityToken,
        subject: claims.subject,
        key,
        timeoutMs: timeouts?.certificateAuthorityMs,
        signal,
      });
      return signChart(input, { key, certificate, services, environment: options });
    },
  };
}

type KeylessServices = SelectedServices & {
  certificateAuthority: NonNullable<SelectedServices['certificateAuthority']>;
};

function requireTime(services: SelectedServices): KeylessServices {
  const { certificateAuthority, logs, timestampAuthorities } = services;
  if (certificateAuthority === undefined) {
    throw unusable('it names no certificate authority (caUrls)');
  }
  // The certificate lives for minutes: something trusted must say that it was alive. Logs of version 2 do not.
  const timed = timestampAuthorities.length > 0 || logs.some(({ majorApiVersion }) => majorApiVersion === 1);
  if (!timed) {
    throw unusable('it names neither a timestamp authority (tsaUrls) nor a log of version 1');
  }
  return { ...services, certificateAuthority };
}

function unusable(why: string): ChartsealError {
  return new ChartsealError(
    'sign.signing_config',
    `the signing config cannot be used for keyless signatures: ${why}`,
  );
}
