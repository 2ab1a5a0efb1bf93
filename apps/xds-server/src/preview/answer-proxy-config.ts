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
import { Slices } from './slices.ts';

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
    const { now, asked } = served?.snapshot !== undefined && !shadow ? { now: served.snapshot, asked: served.snapshot } : await turns.take(() => build(engine, client, { served: served?.snapshot, shadow }));
    const xds = dumpSnapshot(asked);
    await sendText(bus, answerTo, JSON.stringify({ xds, ...(diff && { diff: jsonPatch(dumpSnapshot(now), xds) }) }));
    return null;
  };
}

/** What a proxy has (`served`, if anything), and what was asked for. Secrets are made for proxies that are connected only. */
async function build(engine: ConfigEngine, client: ProxyClient, { served, shadow }: { readonly served: ProxySnapshot | undefined; readonly shadow: boolean }): Promise<{ readonly now: ProxySnapshot; readonly asked: ProxySnapshot }> {
  const { mesh } = client.key;
  const slices = new Slices();
  const knowledge = engine.knowledge(mesh);
  const now = served ?? (await buildOne(await ScratchEngine.start(slices, { mesh, knowledge }), client));
  if (!shadow) return { now, asked: now };
  const shadows = knowledge.resources.filter(({ labels }) => labels[EFFECT] === 'shadow').map(inForce);
  return { now, asked: { ...(await buildOne(await ScratchEngine.start(slices, { mesh, knowledge }, shadows), client)), sds: now.sds } };
}

async function buildOne(scratch: ScratchEngine, client: ProxyClient): Promise<ProxySnapshot> {
  const { config, refusal = 'its Dataplane is not there' } = await scratch.build(client);
  if (config === undefined) throw new MeshError('store/not-found', `proxy "${client.key.name}" of mesh "${client.key.mesh}" gets no config: ${refusal}`);
  return config.snapshot;
}

function inForce(resource: Resource): Change {
  const labels = Object.fromEntries(Object.entries(resource.labels).filter(([key]) => key !== EFFECT));
  return { op: 'put', resource: { ...resource, labels, version: resource.version + 1 } };
}
