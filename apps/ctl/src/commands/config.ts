import { MeshError } from '@weft/kernel';
import { currentControlPlane, saveCliConfig, switchedTo, withControlPlane, withoutControlPlane, type ControlPlaneEntry } from '../cli-config.ts';
import { clientOf, type CliContext } from '../context.ts';
import { encode, table } from '../output.ts';

/** Flags of `config control-planes add`. */
export interface AddFlags {
  readonly name: string;
  readonly address: string;
  readonly overwrite?: boolean;
  readonly skipCheck?: boolean;
  readonly skipVerify?: boolean;
  readonly caCertFile?: string;
  readonly clientCertFile?: string;
  readonly clientKeyFile?: string;
  readonly headers?: readonly string[];
  readonly authType?: string;
  readonly authConf?: readonly string[];
}

/** `weftctl config control-planes add`. */
export async function addControlPlane(context: CliContext, flags: AddFlags): Promise<void> {
  if ((flags.clientCertFile === undefined) !== (flags.clientKeyFile === undefined)) throw new MeshError('config/invalid', '--client-cert-file and --client-key-file go together: give both');
  const entry = entryOf(flags);
  const config = withControlPlane(context.loadConfig(), entry, flags.overwrite === true);
  if (flags.skipCheck !== true) await check(entry);
  saveCliConfig(context.configPath, config);
  context.print(`added Control Plane "${flags.name}"\nswitched active Control Plane to "${flags.name}"\n`);
}

function entryOf(flags: AddFlags): ControlPlaneEntry {
  const auth = Object.fromEntries((flags.authConf ?? []).map(pair));
  return {
    name: flags.name,
    coordinates: {
      apiServer: {
        url: flags.address,
        ...(flags.caCertFile !== undefined && { caCertFile: flags.caCertFile }),
        ...(flags.clientCertFile !== undefined && { clientCertFile: flags.clientCertFile }),
        ...(flags.clientKeyFile !== undefined && { clientKeyFile: flags.clientKeyFile }),
        ...(flags.headers !== undefined && { headers: flags.headers.map(pair).map(([key, value]) => ({ key, value })) }),
        ...(flags.authType !== undefined && { authType: flags.authType }),
        ...(Object.keys(auth).length > 0 && { authConf: auth }),
        ...(flags.skipVerify === true && { skipVerify: true }),
      },
    },
  };
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new MeshError('config/invalid', `"${text}": write it as key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function check(entry: ControlPlaneEntry): Promise<void> {
  const client = clientOf(entry, 10_000);
  const index = await client.index();
  if (index['product'] !== 'Kuma') throw new MeshError('config/invalid', `the server at ${client.url} is no Weft or Kuma control plane (its product is ${JSON.stringify(index['product'])})`);
  if (entry.coordinates.apiServer.authConf !== undefined) await client.getJson('/who-am-i');
}

/** `weftctl config control-planes list`. */
export function listControlPlanes(context: CliContext): void {
  const config = context.loadConfig();
  const active = config.contexts.find(({ name }) => name === config.currentContext)?.controlPlane;
  context.print(table(['ACTIVE', 'NAME', 'ADDRESS'], config.controlPlanes.map((entry) => [entry.name === active ? '*' : '', entry.name, entry.coordinates.apiServer.url])));
}

/** `weftctl config control-planes switch`. */
export function switchControlPlane(context: CliContext, name: string): void {
  saveCliConfig(context.configPath, switchedTo(context.loadConfig(), name));
  context.print(`switched active Control Plane to "${name}"\n`);
}

/** `weftctl config control-planes remove`. */
export function removeControlPlane(context: CliContext, name: string): void {
  const before = context.loadConfig();
  const after = withoutControlPlane(before, name);
  saveCliConfig(context.configPath, after);
  context.print(`removed Control Plane "${name}"\n`);
  if (after.currentContext === '') context.print('there is no active Control Plane left. Use `weftctl config control-planes add` to add a Control Plane and make it active\n');
  else if (after.currentContext !== before.currentContext) context.print(`switched active Control Plane to "${currentControlPlane(after, undefined).name}"\n`);
}

/** `weftctl config view`. */
export function viewConfig(context: CliContext): void {
  context.print(`${encode(context.loadConfig(), 'yaml')}\n`);
}
