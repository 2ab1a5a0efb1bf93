import type { Command } from 'commander';
import { addControlPlane, listControlPlanes, removeControlPlane, switchControlPlane, viewConfig, type AddFlags } from '../commands/config.ts';
import type { ContextMaker } from '../context.ts';

/** A flag with a list: repeated, separated by commas, or both. */
const list = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, ...text.split(',')];

/** `config …`: which control planes this program knows. */
export function addConfigCommands(program: Command, contextOf: ContextMaker): void {
  const config = program.command('config').description('Which control planes this program knows.').action(() => config.help());
  config.command('view').description('Print the configuration.').action(() => viewConfig(contextOf()));
  const planes = config.command('control-planes').description('Add, list, switch and remove control planes.').action(() => planes.help());
  planes
    .command('add')
    .description('Add a control plane and make it the current one.')
    .requiredOption('--name <name>')
    .requiredOption('--address <url>')
    .option('--overwrite', 'replace one of the same name')
    .option('--skip-check', 'do not ask the control plane whether it is one')
    .option('--skip-verify', 'accept any server certificate')
    .option('--ca-cert-file <path>')
    .option('--client-cert-file <path>')
    .option('--client-key-file <path>')
    .option('--headers <k=v,…>', 'headers for each request', list)
    .option('--auth-type <type>', 'tokens')
    .option('--auth-conf <k=v,…>', 'token=…', list)
    .action((flags: AddFlags) => addControlPlane(contextOf(), flags));
  planes.command('list').description('List control planes.').action(() => listControlPlanes(contextOf()));
  planes.command('switch').description('Make another control plane the current one.').requiredOption('--name <name>').action((flags: { name: string }) => switchControlPlane(contextOf(), flags.name));
  planes.command('remove').description('Forget a control plane.').requiredOption('--name <name>').action((flags: { name: string }) => removeControlPlane(contextOf(), flags.name));
}
