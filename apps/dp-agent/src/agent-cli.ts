import { Command } from 'commander';
import { MeshError } from '@weft/kernel';
import { agentLog } from './agent-log.ts';
import { AGENT_VERSION, WEFT_VERSION } from './agent-version.ts';
import { runAgent } from './run-agent.ts';
import { IGNORED_FLAGS, readRunSettings } from './run-settings.ts';
import type { FlagValues } from './setting-source.ts';
import { waitUntilReady } from './wait-until-ready.ts';

const EXAMPLES = `
Examples:
  weft-dp run --cp-address=https://localhost:5678 --dataplane-file=web.yaml --dataplane-token-file=web.token
  weft-dp run --name=web-1 --mesh=default --dataplane-token-file=web.token   (the Dataplane was made through the API)
  weft-dp run -d web.yaml -v address=10.0.0.3 -v port=8080                   ({{ address }} and {{ port }} in web.yaml)

Each flag has a variable, which overrides it: KUMA_CONTROL_PLANE_URL or WEFT_CONTROL_PLANE_URL for --cp-address, and so on;
KUMA_READINESS_PORT names the port of GET /ready.`;

/** The command line of the agent. */
export function agentCommand(): Command {
  const program = new Command('weft-dp').description('Runs an Envoy for one workload of the mesh.').version(WEFT_VERSION, '-V');
  program.addCommand(runCommand());
  program.command('version').description('Print the version').option('-a, --all', 'with details').action(({ all }: { all?: boolean }) => {
    console.log(all === true ? `weft-dp ${WEFT_VERSION}\ncontract: ${AGENT_VERSION.version}\nnode: ${process.version}` : `weft-dp ${WEFT_VERSION}`);
  });
  program.command('wait').description('Wait until the proxy is ready')
    .option('--url <url>', 'readiness address', 'http://localhost:9902/ready')
    .option('--unix-socket <path>', 'ask Envoy admin on this socket instead')
    .option('--timeout <duration>', 'give up after', '3m')
    .option('--check-frequency <duration>', 'pause between checks', '1s')
    .option('--request-timeout <duration>', 'limit for one check', '500ms')
    .action((options: Readonly<Record<string, string>>) => waitUntilReady(options).catch(fail));
  return program;
}

function runCommand(): Command {
  const repeat = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];
  const run = new Command('run').description('Run a proxy: fetch its bootstrap, start Envoy and keep it running')
    .option('--cp-address <url>', 'DP server of the control plane (default https://localhost:5678)')
    .option('--ca-cert-file <path>', 'CA that vouches for the control plane')
    .option('--skip-verify', 'do not verify the control plane\'s certificate')
    .option('--name <name>', 'name of the proxy')
    .option('--mesh <mesh>', 'its mesh (default "default")')
    .option('--proxy-type <type>', 'dataplane, ingress or egress (default dataplane)')
    .option('--dataplane <yaml>', 'the resource, inline')
    .option('-d, --dataplane-file <path>', 'the resource in a file; - is standard input')
    .option('-v, --dataplane-var <name=value>', 'value of a {{ variable }} in the resource; may be repeated', repeat, [])
    .option('--dataplane-token <token>', 'token of the proxy')
    .option('--dataplane-token-file <path>', 'file with the token; read again by Envoy where the control plane asks for that')
    .option('--drain-time <duration>', 'how long to drain after SIGTERM (default 30s)')
    .option('--binary-path <path>', 'Envoy to run (default: ENVOY_PATH, PATH, the cache, or the pinned one, fetched)')
    .option('--concurrency <n>', 'worker threads of Envoy (default: one per core)')
    .option('--envoy-log-level <level>', 'log level of Envoy')
    .option('--envoy-component-log-level <levels>', 'log levels of Envoy\'s components')
    .option('--work-dir <path>', 'folder for files and sockets (default: a temporary one, removed at the end)')
    .option('--config-dir <path>', 'old name of --work-dir')
    .option('--dns-enabled [bool]', 'answer names of the mesh beside the app (default true)')
    .option('--dns-envoy-port <port>', 'port of Envoy\'s DNS listener (default 15054)')
    .option('--transparent-proxy', 'traffic is redirected to this proxy')
    .option('--transparent-proxy-config <path>', 'configuration of the redirection; - is standard input; may be repeated', repeat, [])
    .option('--dns-coredns-port <port>', 'port where the agent answers names (default 15053 where traffic is redirected)')
    .option('--bind-outbounds [bool]', 'outbound listeners bind their addresses (no redirection)')
    .option('--metrics-cert-path <path>', 'certificate of the metrics listener')
    .option('--metrics-key-path <path>', 'key of the metrics listener')
    .addHelpText('after', EXAMPLES);
  for (const flag of IGNORED_FLAGS) run.option(`--${flag} [value]`, 'accepted for Kuma\'s sake, without meaning here');
  return run.action(async (_options, command: Command) => startRun(flagValues(command)));
}

/** Flags that were given, by their long names. */
function flagValues(command: Command): FlagValues {
  const given = command.options.map((option) => [option.name(), command.getOptionValue(option.attributeName()) as FlagValues[string]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

async function startRun(flags: FlagValues): Promise<void> {
  const log = agentLog((line) => process.stdout.write(line), () => new Date());
  const settings = readRunSettings(flags, process.env);
  if (!settings.ok) {
    fail(settings.error);
    return;
  }
  const controls = {
    onTerminate: (listener: () => void) => { process.on('SIGTERM', listener).on('SIGINT', listener); },
    onDrainOnly: (listener: () => void) => { process.on('SIGUSR2', listener); },
  };
  // A terminal or pipe that is gone must not end the proxy.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  await runAgent(settings.value, controls, log).then(() => process.exit(0), fail);
}

function fail(error: unknown): void {
  console.error(`Error: ${MeshError.from(error).message}`);
  process.exit(1);
}
