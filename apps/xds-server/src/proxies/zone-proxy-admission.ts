import { status, type Metadata } from '@grpc/grpc-js';
import { ok, type Result } from '@weft/kernel';
import { verifyZoneToken, type TokenVerifier } from '@weft/tokens';
import type { Refusal } from '../server/call-end.ts';
import type { ProxyNode } from '../node/proxy-node.ts';
import { readToken, refused } from './refused.ts';
import { registerProxy, type RegistrationPorts } from './register-proxy.ts';

/** Whom the server lets in as proxies of its zone. */
export interface ZoneProxyRules {
  /** Name of this zone. */
  readonly zone: string;
  /** Whether they must show a zone token. */
  readonly authenticate: boolean;
  /** Knows the keys of zone tokens. */
  readonly verifier: TokenVerifier;
}

/**
 * Lets a proxy of the zone in: its token must be for this zone and for its kind, and the resource that it is, stored or
 * brought along, must be of this zone.
 */
export async function admitZoneProxy(
  ports: RegistrationPorts & { readonly zoneProxies: ZoneProxyRules }, node: ProxyNode, { metadata, fresh }: { readonly metadata: Metadata; readonly fresh: boolean },
): Promise<Result<null, Refusal>> {
  const { zoneProxies: { zone }, feed } = ports;
  const { type = 'Dataplane', name } = node.key;
  const allowed = await checkZoneToken(ports.zoneProxies, node.proxyType, metadata);
  if (!allowed.ok) return allowed;
  const stored = feed.proxy(node.key);
  if (stored !== undefined && !isOfZone(stored, zone)) return refused(status.PERMISSION_DENIED, `${type} "${name}" is of another zone, this is zone "${zone}": choose another name`);
  if (node.document === undefined) return stored === undefined ? refused(status.NOT_FOUND, `there is no ${type} "${name}": create it, or start the agent with its resource`) : ok(null);
  const mismatch = checkBrought(node.document, node);
  return mismatch === undefined ? registerProxy(ports, { ...node, document: node.document }, fresh) : refused(status.INVALID_ARGUMENT, mismatch);
}

async function checkZoneToken(rules: ZoneProxyRules, scope: string, metadata: Metadata): Promise<Result<null, Refusal>> {
  if (!rules.authenticate) return ok(null);
  const token = readToken(metadata);
  return token.ok ? verifyProxyToken(rules, scope, token.value) : token;
}

/** Whether a zone token entitles its bearer to be a proxy of this zone, of a kind (`ingress`, `egress`). */
export async function verifyProxyToken({ authenticate, verifier, zone }: ZoneProxyRules, scope: string, token: string): Promise<Result<null, Refusal>> {
  if (!authenticate) return ok(null);
  const verified = await verifyZoneToken(verifier, token, { zone, scope });
  return verified.ok ? ok(null) : refused(status.UNKNOWN, `authentication failed: ${verified.error.message}`);
}

/** What came from another zone says so in its labels; the field counts where somebody wrote it by hand. */
function isOfZone({ labels, spec }: { readonly labels: Readonly<Record<string, string>>; readonly spec: { readonly zone?: string } }, zone: string): boolean {
  const said = spec.zone ?? '';
  return labels['kuma.io/origin'] !== 'global' && (said === '' || said === zone);
}

function checkBrought(document: string, { key }: ProxyNode): string | undefined {
  try {
    const { type, name } = (JSON.parse(document) ?? {}) as { readonly type?: unknown; readonly name?: unknown };
    return type === key.type && name === key.name ? undefined : `the resource in the metadata is ${String(type)} "${String(name)}", the node says ${String(key.type)} "${key.name}"`;
  } catch (caught) {
    return `the resource in the metadata is no JSON: ${String(caught)}`;
  }
}
