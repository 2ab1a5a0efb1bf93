import { Command, CommanderError, Option } from 'commander';
import { MeshError, parseDuration } from '@weft/kernel';
import { addConfigCommands } from './command-groups/config-group.ts';
import { addGenerateCommands } from './command-groups/generate-group.ts';
import { addInstallCommands } from './command-groups/install-group.ts';
import { addInspectCommands } from './command-groups/inspect-group.ts';
import { addOperateCommands } from './command-groups/operate-group.ts';
import { addResourceCommands } from './command-groups/resource-group.ts';
import { completionScript } from './commands/completion.ts';
import { version } from './commands/version.ts';
import { CliContext, type GlobalFlags } from './context.ts';
import type { Terminal } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ weftctl get meshes                                   what there is
  $ weftctl apply -f mesh.yaml                           create or change resources
  $ weftctl inspect dataplanes --mesh default            which proxies are connected
  $ weftctl check                                        what is wrong, and what to do about it
  $ weftctl status                                       whether each proxy has what it should have
  $ weftctl generate dataplane-token --name web-1 --valid-for 24h > web-1.token
  $ weftctl config control-planes add --name prod --address https://cp.example.com:5682 --ca-cert-file ca.pem
`;

/** Runs one call of the CLI. Gives the exit code: 0, or 1 after any error, which stands on standard error as \`Error: …\`. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = buildProgram(terminal);
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (caught) {
    if (caught instanceof CommanderError) return caught.exitCode === 0 || caught.code === 'commander.help' ? 0 : 1;
    terminal.stderr.write(`Error: ${MeshError.from(caught).message}\n`);
    return 1;
  }
}

/** The whole command tree. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('weftctl').description('Manage a Weft mesh: resources, tokens, proxies.').addHelpText('after', EXAMPLES).exitOverride().showSuggestionAfterError();
  program.configureOutput({
    writeOut: (text) => terminal.stdout.write(text),
    writeErr: (text) => terminal.stderr.write(text),
    outputError: (text, write) => write(inKumactlsWords(text)),
  });
  program
    .addOption(new Option('--config-file <path>', 'configuration of this program (default: ~/.weft/ctl.yaml)'))
    .addOption(new Option('--context <name>', 'control plane to speak to for this call'))
    .addOption(new Option('--api-timeout <duration>', 'longest wait for the control plane').default('1m'))
    .addOption(new Option('--log-level <level>', 'without effect: this program logs nothing').hideHelp())
    .addOption(new Option('--no-config', 'use http://localhost:5681 and touch no file'));
  const contextOf = (): CliContext => new CliContext(terminal, globalFlags(program));
  addResourceCommands(program, contextOf);
  addInspectCommands(program, contextOf);
  addOperateCommands(program, contextOf);
  addGenerateCommands(program, contextOf);
  addConfigCommands(program, contextOf);
  addInstallCommands(program, contextOf);
  program.command('version').description('Print the versions of this program and of the control plane.').option('-a, --detailed', 'all that the server says of itself').action((flags: { detailed?: boolean }) => version(contextOf(), flags));
  program
    .command('completion')
    .description('Print a completion script for a shell: source <(weftctl completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) => contextOf().print(completionScript(program, shell)));
  for (const group of everyCommand(program)) group.exitOverride().copyInheritedSettings(program);
  return program;
}

/** The parser's errors as kumactl words them. */
function inKumactlsWords(text: string): string {
  return text.replace(/^error: required option '(?:-\w, )?--([\w-]+).*' not specified/, 'Error: required flag(s) "$1" not set').replace(/^error:/, 'Error:');
}

/** A command and all below it. */
export function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)]);
}

function globalFlags(program: Command): GlobalFlags {
  const flags = program.opts<{ configFile?: string; context?: string; apiTimeout: string; config: boolean }>();
  const timeout = parseDuration(flags.apiTimeout);
  if (!timeout.ok) throw new MeshError('request/invalid', `--api-timeout: ${timeout.error}`);
  return {
    apiTimeout: timeout.value,
    config: flags.config,
    ...(flags.configFile !== undefined && { configFile: flags.configFile }),
    ...(flags.context !== undefined && { context: flags.context }),
  };
}
