import { type Command, Option } from 'commander';
import type { Io } from '../platform/node/io.ts';
import { collect } from './collect.ts';

const EXIT_HELP = `
Exit status:
  0  every object would be admitted
  1  at least one would be denied
  2  the command line, the configuration or the input is wrong
  3  none would be denied but for what could not be found out
`;

/** `admission`. */
export function addAdmissionCommands(program: Command, io: Io, done: (status: number) => void): void {
  const admission = program.command('admission').description('What would be answered to Kubernetes.');
  admission
    .command('test')
    .description('Tell what would be answered for objects of Kubernetes, without a cluster.')
    .requiredOption(
      '-f, --file <file>',
      'objects as YAML or JSON, Lists included; - is the standard input (repeatable)',
      collect,
    )
    .option('--config <file>', 'configuration (default: ./chartseal.yaml)')
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--mutate', 'answer as /admission/mutate: show what would be pinned')
    .addOption(
      new Option('--format <name>', 'how to write the answers').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Examples:
  helm template app ./chart | chartseal admission test -f -
  kubectl get applications,helmreleases,helmrepositories,ocirepositories -A -o yaml | chartseal admission test -f -

Objects that refer to others find them in the same input, all files together. Registry credentials are those of the
configuration, or are found where "helm registry login" and "docker login" keep them.
${EXIT_HELP}`,
    )
    .action(async (options) =>
      done(await (await import('./admission-test.ts')).admissionTestCommand(options, io)),
    );
}
