import type { Command } from 'commander';
import { inspectDataplane, type InspectDataplaneFlags } from '../commands/inspect-dataplane.ts';
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
  inspect
    .command('dataplane')
    .description('What one proxy has: its Envoy configuration, policies, statistics or clusters.')
    .argument('<name>')
    .option('-m, --mesh <mesh>', 'mesh of the proxy', 'default')
    .option('--type <type>', 'policies, config-dump, stats, clusters or config', 'policies')
    .option('--include-eds', 'with config-dump: endpoints too')
    .option('--shadow', 'with config: with the policies that are marked as shadow')
    .option('--include <part...>', 'with config: diff')
    .action((name: string, flags: InspectDataplaneFlags) => inspectDataplane(contextOf(), name, flags));
}
