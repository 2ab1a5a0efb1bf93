import { status, type Metadata } from '@grpc/grpc-js';
import { ask, REQUESTS, type Requests } from '@weft/bus';
import { err, MeshError, ok, type Clock, type Result } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import type { DataplaneSpec } from '@weft/resource-model';
import { verifyDataplaneToken, type DataplaneIdentity } from '@weft/tokens';
import type { Refusal } from '../ads/ads-call.ts';
import type { FeedView } from '../config/feed-view.ts';
import type { ProxyNode } from '../node/proxy-node.ts';
import { identityFromWorkload, missingWorkload } from './workload-rules.ts';

/** What admission needs. */
export interface AdmissionPorts {
  readonly feed: FeedView;
  /** Resolves once the feed was applied up to its head. */
  readonly feedReady: Promise<void>;
  readonly bus: Requests;
  readonly clock: Clock;
  readonly instance: string;
  readonly authenticate: boolean;
}

/** While the store or bus is away a new proxy waits, asking again after this time. */
const REGISTER_RETRY_MS = 1_000;
const AWAY = new Set(['bus/unavailable', 'bus/deadline', 'store/unavailable']);

/**
 * Lets a proxy in, or says why not: its token must entitle it to be the Dataplane that it says (both the one it brings
 * along and the one that is stored), and what it brings along is registered.
 */
export async function admitProxy(ports: AdmissionPorts, node: ProxyNode, { metadata, fresh }: { readonly metadata: Metadata; readonly fresh: boolean }): Promise<Result<null, Refusal>> {
  await ports.feedReady;
  if (node.proxyType !== 'dataplane') return refused(status.UNIMPLEMENTED, `proxies of type "${node.proxyType}" are not served yet`);
  const brought = node.document === undefined ? undefined : parseBrought(node.document, node);
  if (brought?.ok === false) return brought;
  const stored = ports.feed.dataplane(node.key);
  const allowed = await checkToken(ports, node.key, { metadata, resources: [brought?.value, stored] });
  if (!allowed.ok) return allowed;
  const unnamed = missingWorkload(ports.feed.identities(node.key.mesh), { ...node.key, labels: { ...stored?.labels, ...brought?.value.labels } });
  if (unnamed !== undefined) return refused(status.FAILED_PRECONDITION, unnamed);
  if (node.document !== undefined) return register(ports, { ...node, document: node.document }, fresh);
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

function readToken(metadata: Metadata): Result<string, Refusal> {
  const values = metadata.get('authorization');
  if (values.length !== 1) return refused(status.UNKNOWN, `authentication failed: exactly one "authorization" value with a dataplane token is expected, got ${values.length}`);
  return ok(String(values[0]));
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

async function register({ bus, clock, instance, feed }: AdmissionPorts, node: ProxyNode & { readonly document: string }, fresh: boolean): Promise<Result<null, Refusal>> {
  for (;;) {
    try {
      const answer = await ask(bus, REQUESTS.proxyRegister, { document: node.document, proxyType: node.proxyType, instance, fresh });
      if ('error' in answer) throw MeshError.fromJSON(answer.error);
      return ok(null);
    } catch (caught) {
      const error = MeshError.from(caught);
      if (!AWAY.has(error.code)) return refused(status.INVALID_ARGUMENT, describe(error));
      // A proxy that is known already goes on with what is known of it.
      if (feed.dataplane(node.key) !== undefined) return ok(null);
      await new Promise<void>((resolve) => void clock.after(REGISTER_RETRY_MS, resolve));
    }
  }
}

function describe(error: MeshError): string {
  const details = error.violations.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return `the dataplane cannot be registered: ${error.message}${details === '' ? '' : ` (${details})`}`;
}

function refused(code: status, message: string): Result<never, Refusal> {
  return err({ code, message });
}
