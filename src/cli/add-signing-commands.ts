import { type Command, Option } from 'commander';
import type { Io } from '../platform/node/io.ts';
import { collect } from './collect.ts';

const SIGN_EXIT_HELP = `
Exit status:
  0  signed, or nothing had to be done
  1  refused: nothing was changed
  2  the command line, the configuration or the key is wrong
  3  a registry, a vault or the service failed: trying again may help
`;

/** `sign`, `keys` and `audit`. */
export function addSigningCommands(program: Command, io: Io, done: (status: number) => void): void {
  addSign(program, io, done);
  addKeys(program, io, done);
  addAudit(program, io, done);
}

function addSign(program: Command, io: Io, done: (status: number) => void): void {
  program
    .command('sign')
    .description('Sign a chart in a registry, all charts of a repository, or a local archive.')
    .argument(
      '<chart>',
      'oci://HOST/REPOSITORY:TAG@DIGEST, or the path of a CHART.tgz; with --all oci://HOST/REPOSITORY',
    )
    .option('--key <file>', 'armored secret key that signs')
    .option(
      '--passphrase-file <file>',
      'its first line opens the key; - is the standard input (default: asks)',
    )
    .option('--vault <url>', 'the key is in this HashiCorp Vault or OpenBao; its token is in VAULT_TOKEN')
    .option('--vault-key <name>', 'its name in the transit engine')
    .option('--public-key <file>', 'its certificate, made by "chartseal keys generate --vault"')
    .option(
      '--cosign-key <file>',
      'private key of cosign that signs, alone or after the PGP key; or hashivault://NAME',
    )
    .option('--keyless', 'sign as whoever your identity token stands for, with --signing-config')
    .option(
      '--identity-token <file>',
      'the token; - is the standard input (default: SIGSTORE_ID_TOKEN, or that of the GitHub Actions job)',
    )
    .option(
      '--signing-config <file>',
      'signing_config.json: who issues certificates, which log and which timestamps (default: none)',
    )
    .option(
      '--trusted-root <file>',
      'trusted_root.json that what was signed is verified by (default: that of sigstore.dev)',
    )
    .addOption(
      new Option(
        '--certificate-transparency <how>',
        'keyless: must the certificate be logged? (default: required)',
      ).choices(['required', 'optional']),
    )
    .option('--legacy-tag', 'also sign under the tag sha256-….sig, for cosign before 3')
    .option('-a, --annotation <name=value>', 'sign this with it, as cosign does (repeatable)', collect)
    .option('--server <url>', 'let a running service sign; its token comes from CHARTSEAL_TOKEN')
    .option('--with <name>', 'name of a signing key of that service (repeatable)', collect)
    .option('--expected-digest <digest>', 'what is to be signed, when the reference does not say it')
    .option('--detached', 'PGP: leave the chart as it is and attach a referrer, which Helm does not look at')
    .option('--replace', 'take the place of another provenance that is there')
    .option('--refuse-if-referrers', 'stop if signatures of the old digest would be left behind')
    .option('--dry-run', 'look at everything and change nothing')
    .option('--all', 'sign every chart of a repository, after showing them and asking')
    .option('--yes', 'with --all: do not ask')
    .option('--concurrency <number>', 'with --all: how many at a time', '4')
    .addOption(formatOption())
    .option('--plain-http', 'speak to the registry without TLS')
    .option('--ca-file <file>', 'PEM file with the CA of the registry (or of the server)')
    .addHelpText(
      'after',
      `
Examples:
  chartseal sign oci://registry.example.com/charts/app:1.2.3@sha256:… --key release.secret.asc
  chartseal sign app-1.2.3.tgz --key release.secret.asc
  chartseal sign oci://registry.example.com/charts/app:1.2.3@sha256:… --cosign-key cosign.key
  chartseal sign oci://registry.example.com/charts/app:1.2.3@sha256:… --key release.secret.asc --keyless --signing-config signing_config.json
  chartseal sign --all oci://registry.example.com/charts/app --key release.secret.asc
  chartseal sign oci://registry.example.com/charts/app:1.2.3@sha256:… --server https://chartseal.example.com --with release

The password of a cosign key is in COSIGN_PASSWORD, or asked for. PGP comes first: cosign signs what it makes.
The digest is what helm push prints. Without it nothing is signed: a tag may name something else by now.
Credentials of the registry are found where "helm registry login" and "docker login" keep them.
${SIGN_EXIT_HELP}`,
    )
    .action(async (chart, options) =>
      done(await (await import('./sign.ts')).signCommand(chart, { with: [], ...options }, io)),
    );
}

function addKeys(program: Command, io: Io, done: (status: number) => void): void {
  const keys = program.command('keys').description('Make keys that sign charts.');
  keys
    .command('generate')
    .description(
      'Make a key whose signatures every Helm accepts, or the certificate of a key in a vault; or a key of cosign.',
    )
    .option('--user-id <text>', 'whose key it is, "NAME <MAIL>" (PGP)')
    .option('--cosign', 'make a key of cosign: cosign.key and cosign.pub')
    .addOption(new Option('--type <type>', 'kind of key (default: rsa4096)').choices(['rsa4096', 'p256']))
    .option('--expires <day>', 'its last day, YYYY-MM-DD (default: never)')
    .option(
      '--passphrase-file <file>',
      'protect the key: the first line is its passphrase; - is the standard input',
    )
    .option('--out <name>', 'what the names of the files begin with (default: release, or cosign)')
    .option(
      '--vault <url>',
      'make the certificate of a key in this Vault or OpenBao; its token is in VAULT_TOKEN',
    )
    .option('--vault-key <name>', 'its name in the transit engine')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  chartseal keys generate --user-id "Release <release@example.com>" --passphrase-file passphrase.txt
  chartseal keys generate --user-id "Release <release@example.com>" --vault https://vault.example.com:8200 --vault-key release
  chartseal keys generate --cosign

Writes NAME.secret.asc and NAME.revocation.asc (secret, for your eyes only), NAME.asc and NAME.gpg (public); with --cosign
NAME.key (secret, by the password in COSIGN_PASSWORD, --passphrase-file or as asked) and NAME.pub (public).
`,
    )
    .action(async (options) =>
      done(await (await import('./keys-generate.ts')).keysGenerateCommand(options, io)),
    );
}

function addAudit(program: Command, io: Io, done: (status: number) => void): void {
  const audit = program.command('audit').description('Look at the audit log of a service.');
  audit
    .command('verify')
    .description('Check that no record of the log was edited, added or removed.')
    .option('--config <file>', 'configuration of the service (default: ./chartseal.yaml)')
    .option(
      '--head <hash>',
      'hash of a record that must be there: audit.hash of an answer, or of an earlier run',
    )
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Example:
  chartseal audit verify --config chartseal.yaml --head sha256:…

Exit status 1: the log was tampered with, or cut off before the head given.
`,
    )
    .action(async (options) =>
      done(await (await import('./audit-verify.ts')).auditVerifyCommand(options, io)),
    );
  audit
    .command('list')
    .description('Show records of the log, oldest first.')
    .option('--config <file>', 'configuration of the service (default: ./chartseal.yaml)')
    .option('--after <seq>', 'only records behind this number', '0')
    .option('--limit <number>', 'most records', '100')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  chartseal audit list --after 100 --format json\n')
    .action(async (options) => done(await (await import('./audit-list.ts')).auditListCommand(options, io)));
}

function formatOption(): Option {
  return new Option('--format <name>', 'how to write the answer').choices(['text', 'json']).default('text');
}
