import type { ApiClient } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { CliContext } from '../context.ts';
import { describeDataplane, type NameInMesh } from '../describe/describe-dataplane.ts';
import { describePolicy } from '../describe/describe-policy.ts';
import { describeService } from '../describe/describe-service.ts';
import { describeZone } from '../describe/describe-zone.ts';
import { typeOfArgument } from '../resource-paths.ts';
import { screenWidth } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

/** Flags of `describe`. */
export interface DescribeFlags {
  readonly mesh: string;
}

/** `weftctl describe dataplane|service|zone|policy NAME`: plain sentences. Throws `store/not-found`. */
export async function describe(context: CliContext, { kind, name }: { readonly kind: string; readonly name: string }, { mesh }: DescribeFlags): Promise<void> {
  await context.checkVersion();
  const client = context.client();
  const lines = await linesOf(client, kind, { mesh, name });
  const width = screenWidth(context.terminal);
  context.print(`${lines.map((line) => wrapText(line, { width, first: '', indent: '  ' })).join('\n')}\n`);
}

async function linesOf(client: ApiClient, kind: string, of: NameInMesh): Promise<readonly string[]> {
  if (kind === 'dataplane') return describeDataplane(client, of);
  if (kind === 'service') return describeService(client, of);
  return kind === 'zone' ? describeZone(client, of.name) : describePolicy(client, policyTypes(kind), of);
}

/** `policy` stands for every type of policy. */
function policyTypes(kind: string): Parameters<typeof describePolicy>[1] {
  if (kind === 'policy') return weftRegistry.all.filter(({ policy }) => policy !== undefined);
  const type = typeOfArgument(weftRegistry, kind);
  if (type.policy === undefined) throw new MeshError('request/invalid', `describe knows dataplane, service, zone and policies, and ${type.name} is none of these; see it with: weftctl get ${kind} NAME -o yaml`);
  return [type];
}
