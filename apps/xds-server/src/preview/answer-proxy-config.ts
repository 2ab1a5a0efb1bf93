import { sendText, type ProxyConfigRequest, type Requests } from '@weft/bus';
import type { ConfigEngine } from '@weft/config-pipeline';
import { jsonPatch, MeshError } from '@weft/kernel';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import type { Change, Resource } from '@weft/resource-model';
import type { ProxySnapshot } from '@weft/xds-core';
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

/** The handler of `xds.config.<instance>`: what a proxy was given, or would be given with its shadow policies, as JSON. Throws `store/not-found`. */
export function proxyConfigHandler({ bus, engine, turns, find }: ProxyConfigPorts): (request: ProxyConfigRequest) => Promise<null> {
  return async ({ mesh, name, shadow, diff, answerTo }) => {
    const served = find({ mesh, name });
    if (served?.snapshot === undefined) throw new MeshError('store/not-found', `proxy "${name}" of mesh "${mesh}" is not connected`);
    const now = dumpSnapshot(served.snapshot);
    const snapshot = served.snapshot;
    const xds = shadow ? await turns.take(async () => dumpSnapshot({ ...(await withShadows(engine, served)), sds: snapshot.sds })) : now;
    await sendText(bus, answerTo, JSON.stringify({ xds, ...(diff && { diff: jsonPatch(now, xds) }) }));
    return null;
  };
}

async function withShadows(engine: ConfigEngine, { client }: ServedProxy): Promise<ProxySnapshot> {
  const { mesh } = client.key;
  const scratch = await ScratchEngine.start(engine, mesh, [client]);
  await scratch.apply(engine.knowledge(mesh).resources.filter(({ labels }) => labels[EFFECT] === 'shadow').map(inForce));
  const config = scratch.config(client.key);
  if (config === undefined) throw new MeshError('store/not-found', `with the shadow policies, proxy "${client.key.name}" of mesh "${mesh}" would get no config: ${scratch.refusal(client.key) ?? 'its Dataplane is gone'}`);
  return config.snapshot;
}

function inForce(resource: Resource): Change {
  const labels = Object.fromEntries(Object.entries(resource.labels).filter(([key]) => key !== EFFECT));
  return { op: 'put', resource: { ...resource, labels, version: resource.version + 1 } };
}
