import type { Command } from 'commander';
import { inspectDataplanes, type InspectDataplanesFlags } from '../commands/inspect-dataplanes.ts';
import type { ContextMaker } from '../program.ts';

/** `inspect …`. */
export function addInspectCommands(program: Command, contextOf: ContextMaker): void {
  const inspect = program.command('inspect').description('See how proxies and policies are doing.').action(() => inspect.help());
  inspect
    .command('dataplanes')
    .description('Which proxies there are, whether they are connected, and what certificates they hold.')
    .option('-m, --mesh <mesh>', 'mesh of the proxies', 'default')
    .option('--tag <key=value...>', 'only proxies with this tag (repeatable)')
    .option('--gateway', 'only gateways')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action((flags: InspectDataplanesFlags) => inspectDataplanes(contextOf(), flags));
}
