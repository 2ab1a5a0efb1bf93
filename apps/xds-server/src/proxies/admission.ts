import { status, type Metadata } from '@grpc/grpc-js';
import type { Requests } from '@weft/bus';
import { ok, type Clock, type Result } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import type { DataplaneSpec } from '@weft/resource-model';
import { verifyDataplaneToken, type DataplaneIdentity } from '@weft/tokens';
import type { Refusal } from '../server/call-end.ts';
import type { FeedView } from '../config/feed-view.ts';
import type { ProxyNode } from '../node/proxy-node.ts';
import { readToken, refused } from './refused.ts';
import { registerProxy } from './register-proxy.ts';
import { identityFromWorkload, missingWorkload } from './workload-rules.ts';
import { admitZoneProxy, type ZoneProxyRules } from './zone-proxy-admission.ts';

/** What admission needs. */
export interface AdmissionPorts {
  readonly feed: FeedView;
  /** Resolves once the feed was applied up to its head. */
  readonly feedReady: Promise<void>;
  readonly bus: Requests;
  readonly clock: Clock;
  readonly instance: string;
  /** Whether Dataplanes must show a token. */
  readonly authenticate: boolean;
  readonly zoneProxies: ZoneProxyRules;
}

/**
 * Lets a proxy in, or says why not: its token must entitle it to be the Dataplane that it says (both the one it brings
 * along and the one that is stored), and what it brings along is registered.
 */
export async function admitProxy(ports: AdmissionPorts, node: ProxyNode, { metadata, fresh }: { readonly metadata: Metadata; readonly fresh: boolean }): Promise<Result<null, Refusal>> {
  await ports.feedReady;
  if (node.key.type !== undefined) return admitZoneProxy(ports, node, { metadata, fresh });
  if (node.proxyType !== 'dataplane') return refused(status.UNIMPLEMENTED, `proxies of type "${node.proxyType}" are not served, only dataplane, ingress and egress are`);
  const brought = node.document === undefined ? undefined : parseBrought(node.document, node);
  if (brought?.ok === false) return brought;
  const stored = ports.feed.dataplane(node.key);
  const allowed = await checkToken(ports, node.key, { metadata, resources: [brought?.value, stored] });
  if (!allowed.ok) return allowed;
  const unnamed = missingWorkload(ports.feed.identities(node.key.mesh), { ...node.key, labels: { ...stored?.labels, ...brought?.value.labels } });
  if (unnamed !== undefined) return refused(status.FAILED_PRECONDITION, unnamed);
  if (node.document !== undefined) return registerProxy(ports, { ...node, document: node.document }, fresh);
  return stored === undefined
    ? refused(status.NOT_FOUND, `there is no Dataplane "${node.key.name}" in mesh "${node.key.mesh}": create it, or start the agent with a dataplane resource`)
    : ok(null);
}

/** Whether a token, alone in the metadata `authorization`, entitles its bearer to be each of the given forms of a Dataplane. */
export async function checkToken(
  ports: Pick<AdmissionPorts, 'authenticate' | 'feed'>, key: ProxyKey, { metadata, resources }: { readonly metadata: Metadata; readonly resources: readonly (Brought | undefined)[] },
): Promise<Result<null, Refusal>> {
  if (!ports.authenticate) return ok(null);
  const token = readToken(metadata);
  return token.ok ? verifyToken(ports.feed, key, { token: token.value, resources }) : token;
}

/** As {@link checkToken}, for a token by itself. */
export async function verifyToken(feed: FeedView, key: ProxyKey, { token, resources }: { readonly token: string; readonly resources: readonly (Brought | undefined)[] }): Promise<Result<null, Refusal>> {
  for (const resource of resources) {
    if (resource === undefined) continue;
    const verified = await verifyDataplaneToken(feed.verifier, token, identityOf(feed, key, resource));
    if (!verified.ok) return refused(status.UNKNOWN, `authentication failed: ${verified.error.message}`);
  }
  return ok(null);
}

interface Brought {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: DataplaneSpec;
}

function parseBrought(document: string, { key }: ProxyNode): Result<Brought, Refusal> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch (caught) {
    return refused(status.INVALID_ARGUMENT, `the dataplane resource in the metadata is no JSON: ${String(caught)}`);
  }
  const { mesh, name, labels, ...spec } = (parsed ?? {}) as { mesh?: unknown; name?: unknown; labels?: unknown } & DataplaneSpec;
  if (mesh !== key.mesh || name !== key.name) {
    return refused(status.INVALID_ARGUMENT, `the dataplane resource is "${String(mesh)}.${String(name)}", the node id says "${key.mesh}.${key.name}"`);
  }
  return ok({ labels: (labels ?? {}) as Record<string, string>, spec });
}

function identityOf(feed: FeedView, key: ProxyKey, { labels, spec }: Brought): DataplaneIdentity {
  const tags: Record<string, string[]> = {};
  const networking = spec.networking;
  for (const source of [...(networking?.inbound ?? []), ...(networking?.gateway === undefined ? [] : [networking.gateway])]) {
    for (const [tag, value] of Object.entries(source.tags ?? {})) (tags[tag] ??= []).push(value);
  }
  const workload = labels['kuma.io/workload'];
  return { ...key, tags, identityFromWorkload: identityFromWorkload(feed.identities(key.mesh), labels), ...(workload !== undefined && { workload }) };
}
