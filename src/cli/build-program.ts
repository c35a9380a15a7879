import { Command, Option } from 'commander';
import { type Io, mayColour } from '../platform/node/io.ts';
import { FORMATS } from '../report/index.ts';
import { addAdmissionCommands } from './add-admission-commands.ts';
import { addSigningCommands } from './add-signing-commands.ts';
import { addTrustCommands } from './add-trust-commands.ts';
import { collect } from './collect.ts';
import { refuseRepeated } from './refuse-repeated.ts';
import { sigstoreOptions } from './sigstore-options.ts';

const EXIT_HELP = `
Exit status:
  0  allow (or the policy only warns: then the verdict is also on stderr)
  1  deny, or there is no such chart
  2  the command line or the configuration is wrong
  3  inconclusive: it could not be found out
`;

/**
 * All commands with their options and help. What a command does is loaded when it runs, so that none pays for the
 * others at start.
 * @param done is told the exit status of the command that ran
 */
export function buildProgram(io: Io, done: (status: number) => void): Command {
  const program = new Command('chartseal');
  program
    .description(
      'Signs and verifies Helm charts in OCI registries: whose signature they carry, and whether that is enough.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {},
      getOutHasColors: () => mayColour(io.stdout, io.env),
      getErrHasColors: () => mayColour(io.stderr, io.env),
    })
    .helpCommand('help [command]', 'Show the help of a command, or of one of its own: help keys generate')
    .addHelpText(
      'after',
      `
Example:
  chartseal verify oci://registry.example.com/charts/app:1.2.3 --keyring release.asc
${EXIT_HELP}`,
    );

  addVerify(program, io, done);
  addSigningCommands(program, io, done);
  addAdmissionCommands(program, io, done);
  addTrustCommands(program, io, done);

  program
    .command('serve')
    .description('Run the service: POST /v1/verify, and with keys under "signing" POST /v1/sign.')
    .option('--config <file>', 'configuration (default: ./chartseal.yaml)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one (default: the variable PORT, or 8080)')
    .option('--tls-cert <file>', 'speak TLS with this certificate chain (PEM); read again when it changes')
    .option('--tls-key <file>', 'the key of the certificate (PEM)')
    .option(
      '--tls-client-ca <file>',
      'authorities of clients (PEM): /admission and /gatekeeper then take a client certificate, and nothing else',
    )
    .addHelpText(
      'after',
      `
Example:
  chartseal serve --config chartseal.yaml --port 8080
  chartseal serve --host 0.0.0.0 --port 8443 --tls-cert tls.crt --tls-key tls.key

Secrets that the configuration names are taken from environment variables. Log lines are JSON, on stderr.
`,
    )
    .action(async (options) => done(await (await import('./serve.ts')).serveCommand(options, io)));

  program
    .command('init')
    .description('Write a minimal ./chartseal.yaml and make a token for its caller.')
    .option('--registry <host>', 'the registry your charts stand in', 'registry.example.com')
    .option('--keyring <file>', 'public keys of who signs your charts (default: keys/release.asc)')
    .addHelpText(
      'after',
      `
Example:
  eval "$(chartseal init --registry registry.example.com --keyring keys/release.asc)"

The token goes to stdout, once, as a line that sets the variable; everything else goes to stderr.
`,
    )
    .action(async (options) => done(await (await import('./init.ts')).initCommand(options, io)));

  program
    .command('demo')
    .description('Start a registry and the service, and judge six charts made for the purpose.')
    .option('--once', 'end after the reports; exit status 1 if a verdict is not the expected one')
    .addHelpText(
      'after',
      '\nExample:\n  chartseal demo --once\n\nWithout --once registry and service stay until Ctrl-C, to be tried. Only loopback addresses are used.\n',
    )
    .action(async (options) => done(await (await import('./demo.ts')).demoCommand(options, io)));

  const policy = program.command('policy').description('Look at policies.');
  policy
    .command('test')
    .description(
      'Tell which policy covers a reference and what it requires. Asks no registry, needs no secret.',
    )
    .argument('<reference...>', 'oci://HOST/REPOSITORY[:TAG]')
    .option('--config <file>', 'configuration (default: ./chartseal.yaml)')
    .option('--expect <name>', 'exit with 1 unless this policy covers every reference')
    .addOption(
      new Option('--format <name>', 'how to write the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Example:
  chartseal policy test oci://registry.example.com/prod/app:1.2.3 --expect production

Exit status 1: a reference is covered by no policy, or not by the one expected.
`,
    )
    .action(async (references, options) =>
      done(await (await import('./policy-test.ts')).policyTestCommand(references, options, io)),
    );

  program
    .command('bundle-config')
    .description('Write the configuration and every file it names as one ES module, for the Worker.')
    .option('--config <file>', 'configuration (default: ./chartseal.yaml)')
    .option('--default <file>', 'used when that file does not exist')
    .option('--out <file>', 'where to write it (default: stdout)')
    .addHelpText(
      'after',
      '\nExample:\n  chartseal bundle-config --config chartseal.yaml --out dist/config.js\n',
    )
    .action(async (options) =>
      done(await (await import('./bundle-config.ts')).bundleConfigCommand(options, io)),
    );

  program
    .command('version')
    .description('Show the version of chartseal itself.')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  chartseal version --json\n')
    .action(async (options) => done((await import('./version.ts')).versionCommand(options, io)));

  refuseRepeated(program);
  return program;
}

function addVerify(program: Command, io: Io, done: (status: number) => void): void {
  const names = FORMATS.map((format) => format.name);
  const command = program
    .command('verify')
    .description('Judge a chart in a registry, or a local archive with its provenance.')
    .argument('<chart>', 'oci://HOST/REPOSITORY[:TAG][@DIGEST], or the path of a CHART.tgz')
    .option('--keyring <file>', 'public keys whose signature is enough (repeatable)', collect)
    .option('--config <file>', 'configuration (default: ./chartseal.yaml, unless a signer is given)')
    .option('--policy <name>', 'a further policy of the configuration that must allow too')
    .addOption(
      new Option('--depth <depth>', 'content: also read what is in the archive').choices([
        'signature',
        'content',
      ]),
    )
    .option('--version <version>', 'version or range of the chart, as in Helm')
    .option('--provenance <file>', 'provenance of a local archive (default: CHART.tgz.prov)')
    .option('--reference <reference>', 'which chart a local archive should be (default: its file name says)')
    .addOption(new Option('--format <name>', 'how to write the report').choices(names).default('text'))
    .option('--plain-http', 'speak to the registry without TLS')
    .option('--ca-file <file>', 'PEM file with the CA of the registry (or of the server)')
    .option('--server <url>', 'ask a running service; its token comes from CHARTSEAL_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  chartseal verify oci://registry.example.com/charts/app:1.2.3 --keyring release.asc
  chartseal verify oci://registry.example.com/charts/app --version '^1.2' --format json
  chartseal verify oci://registry.example.com/charts/app:1.2.3 --cosign-key cosign.pub
  chartseal verify oci://ghcr.io/acme/charts/app:1.2.3 --issuer https://token.actions.githubusercontent.com \\
      --subject 'https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/*'
  chartseal verify app-1.2.3.tgz --keyring release.asc
  chartseal verify oci://registry.example.com/charts/app:1.2.3 --server https://chartseal.example.com

Credentials of the registry are found where "helm registry login" and "docker login" keep them.
${EXIT_HELP}`,
    )
    .action(async (chart, options) =>
      done(await (await import('./verify.ts')).verifyCommand(chart, { keyring: [], ...options }, io)),
    );
  for (const option of sigstoreOptions()) command.addOption(option);
}
