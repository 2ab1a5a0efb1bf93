import type { JsonObject } from '@bufbuild/protobuf';
import { sendText, type ProxyConfigRequest, type Requests } from '@weft/bus';
import type { ConfigEngine } from '@weft/config-pipeline';
import { jsonPatch, MeshError } from '@weft/kernel';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import type { Change, Resource } from '@weft/resource-model';
import type { ProxySnapshot } from '@weft/xds-core';
import { clientOf } from '../node/proxy-node.ts';
import { dumpSnapshot } from '../server/proxy-config-dump.ts';
import type { PreviewTurns } from './preview-turns.ts';
import { ScratchEngine } from './scratch-engine.ts';

/** A proxy whose config is asked for. */
export interface ServedProxy {
  readonly client: ProxyClient;
  /** Undefined until it was first built. */
  readonly snapshot: ProxySnapshot | undefined;
}

/** What the handler works with. */
export interface ProxyConfigPorts {
  readonly bus: Requests;
  readonly engine: ConfigEngine;
  readonly turns: PreviewTurns;
  readonly find: (key: ProxyKey) => ServedProxy | undefined;
}

/** Label that keeps a policy out of force. */
const EFFECT = 'kuma.io/effect';

/**
 * The handler of `xds.config.<instance>`: what a proxy was given, or would be given with its shadow policies, as JSON. Of a proxy that is away
 * it is what it would be given if it came back. Throws `store/not-found`.
 */
export function proxyConfigHandler({ bus, engine, turns, find }: ProxyConfigPorts): (request: ProxyConfigRequest) => Promise<null> {
  return async ({ mesh, name, shadow, diff, metadata, answerTo }) => {
    const key = { mesh, name };
    const served = find(key);
    const client = served?.client ?? (metadata === undefined ? undefined : clientOf(key, metadata as JsonObject));
    if (client === undefined) throw new MeshError('store/not-found', `proxy "${name}" of mesh "${mesh}" is not connected`);
    const { now, shadowed } = served?.snapshot !== undefined && !shadow ? { now: served.snapshot, shadowed: served.snapshot } : await turns.take(() => build(engine, client, served?.snapshot));
    const before = dumpSnapshot(now);
    const xds = shadow ? dumpSnapshot(shadowed) : before;
    await sendText(bus, answerTo, JSON.stringify({ xds, ...(diff && { diff: jsonPatch(before, xds) }) }));
    return null;
  };
}

/** What a proxy has (`served`, if anything) and would have with its shadow policies. Secrets are made for proxies that are connected only. */
async function build(engine: ConfigEngine, client: ProxyClient, served: ProxySnapshot | undefined): Promise<{ readonly now: ProxySnapshot; readonly shadowed: ProxySnapshot }> {
  const { key } = client;
  const scratch = await ScratchEngine.start(engine, key.mesh, [client]);
  const now = served ?? configOf(scratch, key);
  await scratch.apply(engine.knowledge(key.mesh).resources.filter(({ labels }) => labels[EFFECT] === 'shadow').map(inForce));
  return { now, shadowed: { ...configOf(scratch, key), sds: now.sds } };
}

function configOf(scratch: ScratchEngine, key: ProxyKey): ProxySnapshot {
  const config = scratch.config(key);
  if (config === undefined) throw new MeshError('store/not-found', `proxy "${key.name}" of mesh "${key.mesh}" gets no config: ${scratch.refusal(key) ?? 'its Dataplane is not there'}`);
  return config.snapshot;
}

function inForce(resource: Resource): Change {
  const labels = Object.fromEntries(Object.entries(resource.labels).filter(([key]) => key !== EFFECT));
  return { op: 'put', resource: { ...resource, labels, version: resource.version + 1 } };
}
