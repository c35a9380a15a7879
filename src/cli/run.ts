import { CommanderError } from 'commander';
import { CODES } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { buildProgram } from './build-program.ts';
import { EXIT, exitStatusOfError } from './exit-status.ts';
import { foreignOptionHelp } from './foreign-option.ts';
import { printError } from './print-error.ts';
import { usageError } from './usage-error.ts';

/**
 * Runs one command.
 * @param argv the arguments after the program's name
 * @returns the exit status: 0 allow or done, 1 deny, 2 usage or configuration, 3 inconclusive
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let status: number = EXIT.allow;
  const program = buildProgram(io, (result) => {
    status = result;
  });
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(askedFor(argv), { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.allow;
      if (error.code === 'commander.help') return EXIT.usage;
      const message = messageOf(error);
      printError(usageError(message, foreignOptionHelp(argv[0] ?? '', message) ?? helpFor(argv)), io);
      return EXIT.usage;
    }
    printError(withOwnHelp(error, argv), io);
    return exitStatusOfError(error);
  }
}

// Where nothing better is known, the help of the command that was typed.
function withOwnHelp(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof ChartsealError) || error.help !== CODES['usage.invalid'].help) return error;
  return usageError(error.message, helpFor(argv));
}

// commander's help command looks at one word only, and "help keys generate" has two.
function askedFor(argv: readonly string[]): string[] {
  const [first, ...names] = argv;
  return first === 'help' && names.length > 1 ? [...names, '--help'] : [...argv];
}

// commander writes "error: unknown option '--x'\n(Did you mean --y?)".
function messageOf(error: CommanderError): string {
  return error.message
    .replace(/^error: /, '')
    .split('\n')
    .map((line) => clean(line))
    .join(' ');
}

function helpFor(argv: readonly string[]): string {
  if (argv[0] === '--version' || argv[0] === '-V' || argv[0] === '-v') {
    return 'Own version: chartseal version. (--version after verify is the version of the chart.)';
  }
  const commands = ['verify', 'sign', 'serve', 'init', 'demo', 'bundle-config', 'version'];
  if (argv[0] === 'policy') return 'See: chartseal policy test --help';
  if (argv[0] === 'keys') return 'See: chartseal keys generate --help';
  if (argv[0] === 'admission') return 'See: chartseal admission test --help';
  if (argv[0] === 'trust' || argv[0] === 'audit') {
    const inner = ['refresh', 'show', 'list', 'verify'].find((name) => name === argv[1]);
    return `See: chartseal ${argv[0]}${inner === undefined ? '' : ` ${inner}`} --help`;
  }
  return commands.includes(argv[0] ?? '') ? `See: chartseal ${argv[0]} --help` : 'See: chartseal --help';
}
