import { weftRegistry } from '@weft/policy-model';
import type { ResourceType } from '@weft/resource-model';
import { Option, type Command } from 'commander';
import { inspectDataplane, type InspectDataplaneFlags } from '../commands/inspect-dataplane.ts';
import { inspectDataplanes, type InspectDataplanesFlags } from '../commands/inspect-dataplanes.ts';
import { inspectGateway, type InspectGatewayFlags } from '../commands/inspect-gateway.ts';
import { inspectPolicy, type InspectPolicyFlags } from '../commands/inspect-policy.ts';
import { inspectTable, type INSPECT_TABLES, type InspectTableFlags } from '../commands/inspect-tables.ts';
import { inspectZoneProxy, type InspectZoneProxyFlags } from '../commands/inspect-zone-proxy.ts';
import type { ContextMaker } from '../context.ts';

const TABLES: readonly (readonly [name: keyof typeof INSPECT_TABLES, description: string, alias?: string])[] = [
  ['meshes', 'Meshes: their proxies, and how many policies of the first generation they hold.'],
  ['services', 'Services of a mesh and how many of their proxies are online.'],
  ['zones', 'Zones and the connections of their control planes.'],
  ['zoneingresses', 'Zone ingresses and their connections.', 'zone-ingresses'],
  ['zoneegresses', 'Zone egresses and their connections.', 'zone-egresses'],
];

const ZONE_PROXIES = [
  ['zoneingress', 'zoneingresses', 'What the Envoy of one zone ingress says: its configuration, statistics or clusters.'],
  ['zoneegress', 'zoneegresses', 'What the Envoy of one zone egress says: its configuration, statistics or clusters.'],
] as const;

/** `inspect …`. */
export function addInspectCommands(program: Command, contextOf: ContextMaker): void {
  const inspect = program.command('inspect').description('See how proxies and policies are doing.').action(() => inspect.help());
  inspect
    .command('dataplanes')
    .description('Which proxies there are, whether they are connected, and what certificates they hold.')
    .option('-m, --mesh <mesh>', 'mesh of the proxies', 'default')
    .option('--tag <key=value...>', 'only proxies with this tag (repeatable)')
    .option('--gateway', 'only gateways')
    .addOption(new Option('--ingress', 'without effect, as with kumactl').hideHelp())
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action((flags: InspectDataplanesFlags) => inspectDataplanes(contextOf(), flags));
  inspect
    .command('dataplane')
    .description('What one proxy has: its Envoy configuration, policies, statistics or clusters.')
    .argument('<name>')
    .option('-m, --mesh <mesh>', 'mesh of the proxy', 'default')
    .option('--type <type>', 'policies, config-dump, stats, clusters, config, rules or layout', 'policies')
    .addOption(new Option('--config-dump', 'as --type config-dump').hideHelp())
    .option('--include-eds', 'with config-dump: endpoints too')
    .option('--shadow', 'with config: with the policies that are marked as shadow')
    .option('--include <part...>', 'with config: diff')
    .action((name: string, flags: InspectDataplaneFlags) => inspectDataplane(contextOf(), name, flags));
  for (const [name, description, alias] of TABLES) {
    const command = inspect.command(name).description(description);
    if (alias !== undefined) command.alias(alias);
    if (name === 'services') command.option('-m, --mesh <mesh>', 'mesh of the services', 'default');
    command
      .option('-o, --output <format>', 'table, json or yaml', 'table')
      .action((flags: InspectTableFlags) => inspectTable(contextOf(), name, flags));
  }
  for (const [name, collection, description] of ZONE_PROXIES) {
    inspect
      .command(name)
      .description(description)
      .argument('<name>')
      .option('--type <type>', 'config-dump, stats or clusters', 'config-dump')
      .option('--include-eds', 'with config-dump: endpoints too')
      .action((of: string, flags: InspectZoneProxyFlags) => inspectZoneProxy(contextOf(), { collection, name: of }, flags));
  }
  inspect
    .command('meshgateway')
    .description('Which proxies serve a gateway.')
    .argument('<name>')
    .option('-m, --mesh <mesh>', 'mesh of the gateway', 'default')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action((name: string, flags: InspectGatewayFlags) => inspectGateway(contextOf(), name, flags));
  for (const type of weftRegistry.all) if (type.policy !== undefined && type.cliName !== undefined) addPolicyCommand(inspect, contextOf, { type, cliName: type.cliName });
}

function addPolicyCommand(inspect: Command, contextOf: ContextMaker, { type, cliName }: { readonly type: ResourceType; readonly cliName: string }): void {
  inspect
    .command(cliName)
    .description(`Which proxies a ${type.singularDisplayName} selects.`)
    .argument('<name>')
    .option('-m, --mesh <mesh>', 'mesh of the policy', 'default')
    .option('--new-api', 'as a table')
    .addOption(new Option('--offset <n>', 'without effect, as with kumactl').hideHelp())
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action((name: string, flags: InspectPolicyFlags) => inspectPolicy(contextOf(), type, { name, flags }));
}
