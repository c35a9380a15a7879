import { type Command, Option } from 'commander';
import type { Io } from '../platform/node/io.ts';

/** `trust`. */
export function addTrustCommands(program: Command, io: Io, done: (status: number) => void): void {
  const trust = program.command('trust').description('Look at trusted roots of sigstore, and renew them.');
  trust
    .command('refresh')
    .description('Fetch the newest trusted root of a sigstore instance through TUF, and write it to a file.')
    .option('--mirror <url>', 'TUF repository of the instance (default: that of the public-good instance)')
    .option('--root <file>', 'TUF root in which trust begins (default: the public-good one of chartseal)')
    .option('--out <file>', 'where the trusted root goes', 'keys/sigstore/public-good.json')
    .option('--root-out <file>', 'where the newest TUF root goes, to begin with the next time')
    .option('--ca-file <file>', 'PEM file with the CA of the mirror')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  chartseal trust refresh --out keys/sigstore/public-good.json
  chartseal trust refresh --mirror https://tuf.example.com --root tuf-root.json --out keys/sigstore/example.json

A service renews what it uses by itself: see sigstore.refresh in the configuration.

Exit status:
  0  the file holds the newest trusted root
  1  what the mirror shows does not hold: nothing was written
  2  the command line is wrong, or a file cannot be read or written
  3  the mirror failed or is stale: trying again may help
`,
    )
    .action(async (options) =>
      done(await (await import('./trust-refresh.ts')).trustRefreshCommand(options, io)),
    );
  trust
    .command('show')
    .description('Show whom a trusted root trusts: logs and authorities, and since when each counts.')
    .argument('[file]', 'a trusted_root.json (default: the public-good one of chartseal)')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  chartseal trust show keys/sigstore/public-good.json\n')
    .action(async (file, options) =>
      done(await (await import('./trust-show.ts')).trustShowCommand(file, options, io)),
    );
}

function formatOption(): Option {
  return new Option('--format <name>', 'how to write the answer').choices(['text', 'json']).default('text');
}
