import type { Command } from 'commander';
import { check, type CheckFlags } from '../commands/check.ts';
import { describe, type DescribeFlags } from '../commands/describe.ts';
import { exportResources, type ExportFlags } from '../commands/export.ts';
import { status, type StatusFlags } from '../commands/status.ts';
import type { ContextMaker } from '../context.ts';

/** `check`, `status`, `describe`, `export`. */
export function addOperateCommands(program: Command, contextOf: ContextMaker): void {
  program
    .command('check')
    .description('Look for what is wrong, and say what to do about it. Fails where something is an error.')
    .option('--pre', 'look at this machine, before installing')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .addHelpText('after', '\nExamples:\n  $ weftctl check --pre\n  $ weftctl check -o json\n')
    .action((flags: CheckFlags) => check(contextOf(), flags));
  program
    .command('status')
    .description('Whether each proxy has what it should have: SYNCED, STALE (its answer is awaited) or NACK, for each xDS type.')
    .option('-m, --mesh <mesh>', 'only proxies of this mesh')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .option('-w, --watch', 'print again whenever something changes')
    .addHelpText('after', '\nExamples:\n  $ weftctl status\n  $ weftctl status -m default --watch\n')
    .action((flags: StatusFlags) => status(contextOf(), flags));
  program
    .command('describe')
    .description('Tell in plain sentences what is known of a dataplane, a service, a zone or a policy.')
    .argument('<kind>', 'dataplane, service, zone, or a type of policy such as meshtimeout')
    .argument('<name>')
    .option('-m, --mesh <mesh>', 'mesh', 'default')
    .addHelpText('after', '\nExamples:\n  $ weftctl describe dataplane web-1\n  $ weftctl describe service backend\n  $ weftctl describe zone east\n  $ weftctl describe meshtimeout slow-backend\n')
    .action((kind: string, name: string, flags: DescribeFlags) => describe(contextOf(), { kind, name }, flags));
  program
    .command('export')
    .description('Print the resources of this control plane, to apply them to another one.')
    .option('-p, --profile <profile>', 'federation, federation-with-policies, all or no-dataplanes', 'federation')
    .option('-f, --format <format>', 'universal or kubernetes', 'universal')
    .option('-a, --include-admin', 'also secrets of the control plane')
    .option('-n, --system-namespace <name>', 'namespace of global resources (kubernetes)', 'kuma-system')
    .action((flags: ExportFlags) => exportResources(contextOf(), flags));
}
