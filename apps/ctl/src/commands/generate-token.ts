import { readFileSync } from 'node:fs';
import { MeshError, parseDuration } from '@weft/kernel';
import { issueToken, parseSigningKey, type ClaimsOf } from '@weft/tokens';
import type { CliContext } from '../context.ts';

/** Flags that all token commands share. With `signingKeyPath` no control plane is asked. */
export interface TokenFlags {
  readonly validFor: string;
  readonly signingKeyPath?: string;
  readonly kid?: string;
}

/** `weftctl generate dataplane-token`. */
export async function generateDataplaneToken(context: CliContext, flags: TokenFlags & { readonly name?: string; readonly mesh: string; readonly proxyType?: string; readonly tag?: readonly string[]; readonly workload?: string }): Promise<void> {
  const tags = tagsOf(flags.tag ?? []);
  const request = { name: flags.name ?? '', mesh: flags.mesh, tags, type: flags.proxyType ?? '', workload: flags.workload ?? '', validFor: flags.validFor };
  const claims = { Name: request.name, Mesh: request.mesh, Tags: tags, Type: request.type, Workload: request.workload };
  context.print(await token(context, flags, { kind: 'dataplane', request, claims }));
}

/** `cp`: for a zone's control plane; kumactl does not know it. */
const ZONE_SCOPES: readonly string[] = ['ingress', 'egress', 'cp'];

/** `weftctl generate zone-token`. */
export async function generateZoneToken(context: CliContext, flags: TokenFlags & { readonly zone: string; readonly scope?: readonly string[] }): Promise<void> {
  const scope = flags.scope ?? ['ingress', 'egress'];
  const unknown = scope.filter((member) => !ZONE_SCOPES.includes(member));
  if (unknown.length > 0) throw new MeshError('request/invalid', `invalid --scope values: [${unknown.join(' ')}] (supported scopes: [ingress egress])`); // as kumactl
  context.print(await token(context, flags, { kind: 'zone', request: { zone: flags.zone, scope, validFor: flags.validFor }, claims: { Zone: flags.zone, Scope: scope } }));
}

/** `weftctl generate user-token`. */
export async function generateUserToken(context: CliContext, flags: TokenFlags & { readonly name: string; readonly group?: readonly string[] }): Promise<void> {
  const groups = flags.group ?? [];
  context.print(await token(context, flags, { kind: 'user', request: { name: flags.name, groups, validFor: flags.validFor }, claims: { Name: flags.name, Groups: groups } }));
}

type TokenWanted = { [K in keyof ClaimsOf]: { readonly kind: K; readonly request: Readonly<Record<string, unknown>>; readonly claims: ClaimsOf[K] } }[keyof ClaimsOf];

async function token(context: CliContext, flags: TokenFlags, wanted: TokenWanted): Promise<string> {
  const validFor = parseDuration(flags.validFor);
  if (!validFor.ok) throw new MeshError('request/invalid', `--valid-for: ${validFor.error}`);
  if (flags.signingKeyPath === undefined) {
    if (flags.kid !== undefined) throw new MeshError('request/invalid', '--kid needs --signing-key-path: the control plane chooses its own key');
    return issued(context, wanted);
  }
  if (flags.kid === undefined) throw new MeshError('request/invalid', '--kid is required when --signing-key-path is used');
  const key = readSigningKey(flags.signingKeyPath);
  return issueToken(wanted.kind, wanted.claims, { key, kid: flags.kid, nowMs: Date.now(), validForMs: validFor.value });
}

async function issued(context: CliContext, wanted: TokenWanted): Promise<string> {
  await context.checkVersion();
  try {
    return await context.client().issueToken(wanted.kind, wanted.request);
  } catch (caught) {
    const error = MeshError.from(caught);
    if (error.details['status'] !== undefined) throw error; // as kumactl: what the server says stands alone
    throw new MeshError(error.code, `failed to generate a ${wanted.kind} token: ${error.message}`, { cause: error });
  }
}

/** Reads a signing key from a file; throws `token/invalid` with what would be right. */
export function readSigningKey(path: string): Parameters<typeof issueToken>[2]['key'] {
  const key = parseSigningKey(readFileSync(path));
  if (!key.ok) throw new MeshError('token/invalid', `${path}: ${key.error}`);
  return key.value;
}

function tagsOf(assignments: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(assignments.map((assignment) => {
    const at = assignment.indexOf('=');
    if (at < 1) throw new MeshError('request/invalid', `--tag "${assignment}": write it as key=value1,value2`);
    return [assignment.slice(0, at), assignment.slice(at + 1).split(',')];
  }));
}
