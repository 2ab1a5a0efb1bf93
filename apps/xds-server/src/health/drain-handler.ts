import type { IncomingMessage, ServerResponse } from 'node:http';
import { MeshError, type Result } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import type { Refusal } from '../server/call-end.ts';
import { ZONE_PROXIES } from '../node/proxy-node.ts';
import { readDpBody } from '../server/dp-body.ts';
import { reply } from '../server/reply.ts';

/** What the handler needs. */
export interface DrainPorts {
  /** The token must entitle its bearer to be that proxy. */
  readonly authenticate: (key: ProxyKey, token: string) => Promise<Result<null, Refusal>>;
  /** Takes the proxy out of rotation; resolves once that is stored. */
  readonly drain: (key: ProxyKey) => Promise<void>;
}

/**
 * `POST /drain` `{mesh, name, dataplaneToken}`, of a zone proxy with `proxyType`: an agent that is about to end asks that its proxy gets no new requests. 204 once
 * that is stored; 401 with the reason; 503 where the store is away. Weft's own: Kuma answers 404 here, and agents go on without.
 */
export async function handleDrain(ports: DrainPorts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = readRequest(await readDpBody(request));
  if (asked === undefined || request.method !== 'POST') return reply(response, 400, 'expected POST with {"mesh", "name", "dataplaneToken"}');
  const { key, token } = asked;
  const allowed = await ports.authenticate(key, token);
  if (!allowed.ok) return reply(response, 401, allowed.error.message);
  try {
    await ports.drain(key);
    reply(response, 204, '');
  } catch (caught) {
    reply(response, 503, MeshError.from(caught).message);
  }
}

function readRequest(body: string): { readonly key: ProxyKey; readonly token: string } | undefined {
  try {
    const { mesh, name, dataplaneToken = '', proxyType = 'dataplane' } = JSON.parse(body) as { mesh?: unknown; name?: unknown; dataplaneToken?: unknown; proxyType?: unknown };
    if (typeof mesh !== 'string' || typeof name !== 'string' || typeof dataplaneToken !== 'string') return undefined;
    const type = ZONE_PROXIES[String(proxyType)];
    return { key: type === undefined ? { mesh, name } : { mesh: '', name, type }, token: dataplaneToken };
  } catch {
    return undefined;
  }
}
