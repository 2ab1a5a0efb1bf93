import { Command, InvalidArgumentError, Option } from 'commander';
import { APPS } from './apps.ts';
import { runCommand, type RunFlags } from './run-command.ts';
import { WEFT_VERSION } from './version.ts';

const EXAMPLES = `
Examples:
  weft-cp run                                     everything in this process, resources kept in ~/.weft
  weft-cp run --store memory --dp-auth none       for trying things out: nothing is kept, no tokens are asked
  weft-cp run -c weft.yaml --set dpServer.port=15678
  weft-cp run --apps xds-server --bus nats        one app here, the others elsewhere, all on one NATS
                                                  (WEFT_BUS_NATS_SERVERS, WEFT_STORE_REDIS_URL)

Every key of the file has a variable: apiServer.http.port is KUMA_API_SERVER_HTTP_PORT or WEFT_API_SERVER_HTTP_PORT.
`;

/** The command line of `weft-cp`. Parsing throws commander's errors; commands throw MeshError. */
export function createProgram(): Command {
  const program = new Command('weft-cp').description('The control plane of Weft, a service mesh on Envoy.').exitOverride().addHelpText('after', EXAMPLES);
  program
    .command('run', { isDefault: false })
    .description('Run the control plane, or some of its apps, until SIGINT or SIGTERM.')
    .option('-c, --config-file <path>', 'configuration in YAML or JSON; variables beat it, flags beat variables')
    .option('--apps <names>', `run only these, comma separated: ${APPS.map(({ name }) => name).join(', ')}`, splitList)
    .addOption(new Option('--store <type>', 'where resources are kept (store.type)').choices(['memory', 'embedded', 'redis']))
    .addOption(new Option('--bus <type>', 'what connects the apps (bus.type)').choices(['memory', 'nats']))
    .addOption(new Option('--dp-auth <type>', 'how proxies prove who they are (dpServer.authn.dpProxy.type)').choices(['none', 'dpToken']))
    .addOption(new Option('--log-level <level>', 'least severe line that is logged (log.level)').choices(['off', 'error', 'warn', 'info', 'debug']))
    .option('--work-dir <path>', 'folder for data and keys (general.workDir)')
    .option('--set <key=value>', 'set any key of the configuration; may be repeated', addSetting, {})
    .addHelpText('after', EXAMPLES)
    .action((flags: RunFlags) => runCommand(flags));
  program.command('version').description('Print the version.').addOption(new Option('-a, --detailed').hideHelp()).action(() => console.log(`Weft: ${WEFT_VERSION}`));
  return program;
}

function splitList(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

function addSetting(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write key=value, such as dpServer.port=15678');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
