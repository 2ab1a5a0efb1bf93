import { Option, type Command } from 'commander';
import { OPTIONS, type TransparentProxyOption } from '@weft/transparent-proxy';
import { installTransparentProxy } from '../commands/transparent-proxy/install.ts';
import { givenFlags, readTransparentProxyConfig } from '../commands/transparent-proxy/read-config.ts';
import { uninstallTransparentProxy, type UninstallFlags } from '../commands/transparent-proxy/uninstall.ts';
import { validateTransparentProxy } from '../commands/transparent-proxy/validate.ts';
import type { ContextMaker } from '../context.ts';

type FlagValues = Readonly<Record<string, unknown>>;

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** `install …` and `uninstall …`: redirection of this machine's traffic to the proxy. */
export function addInstallCommands(program: Command, contextOf: ContextMaker): void {
  const install = program.command('install').description("Send this machine's traffic through its proxy.").action(() => install.help());
  const proxy = install
    .command('transparent-proxy')
    .description('Redirect connections and DNS to the proxy, with rules of iptables. Run again, it replaces its own rules and leaves all others.')
    .option('--config <file>', 'YAML or JSON file with options, - for standard input (repeatable)', collect)
    .addHelpText('after', '\nExample:\n  $ weftctl install transparent-proxy --kuma-dp-user weft-dp --redirect-dns --exclude-inbound-ports 22\n')
    .action(async (flags: FlagValues) => {
      const context = contextOf();
      await installTransparentProxy(context, await readTransparentProxyConfig(context, filesOf(flags['config']), givenFlags(flags)));
    });
  for (const option of OPTIONS) if (option.flag !== undefined) proxy.addOption(flagOf(option, option.flag));
  proxy.addOption(new Option('--kuma-dp-uid <id>', 'deprecated: --kuma-dp-user').hideHelp());
  install
    .command('transparent-proxy-validator')
    .description('Check that connections are redirected: run it as the user of weft-dp, before that starts.')
    .option('--ip-family-mode <mode>', 'dualstack, ipv4 or ipv6')
    .option('--validation-server-port <port>', "port of the proxy for what comes in (default: the configuration's, 15006)")
    .option('--transparent-proxy-config <file>', 'file of install transparent-proxy (repeatable)', collect)
    .action(async (flags: FlagValues) => {
      const context = contextOf();
      const port = flags['validationServerPort'];
      const config = await readTransparentProxyConfig(context, filesOf(flags['transparentProxyConfig']), { ...givenFlags(flags), ...(port !== undefined && { 'redirect-inbound-port': port }) });
      await validateTransparentProxy(context, config, config.redirect.inbound.port);
    });
  const uninstall = program.command('uninstall').description('Undo install.').action(() => uninstall.help());
  uninstall
    .command('transparent-proxy')
    .description('Remove the rules that redirect to the proxy, and nothing else.')
    .option('--dry-run', 'print what would be run and change nothing')
    .option('--verbose', 'accepted for kumactl')
    .option('--ebpf-enabled', 'not built: refused')
    .option('--ebpf-bpffs-path <path>', 'goes with --ebpf-enabled')
    .action((flags: UninstallFlags) => uninstallTransparentProxy(contextOf(), flags));
}

/** A flag as kumactl takes it: `--flag` and `--flag=false`, lists with commas or by repeating. */
function flagOf({ kind, help }: TransparentProxyOption, flag: string): Option {
  switch (kind) {
    case 'boolean': return new Option(`--${flag} [true|false]`, help);
    case 'ports':
    case 'networks':
    case 'uid-exclusions':
    case 'vnets':
    case 'executables': return new Option(`--${flag} <list>`, help).argParser(collect);
    default: return new Option(`--${flag} <${kind}>`, help);
  }
}

function filesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
