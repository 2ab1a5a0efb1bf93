import { adminOpenOf, ask, type EnvoyAdminRequest, type Requests } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import type { ProxyKey } from '@weft/proxy-view';
import type { ResourceKey } from '@weft/resource-model';
import type { ConnectedProxy } from '../proxies/connected-proxy.ts';

/** What {@link adminOpener} needs. */
export interface AdminOpenerPorts {
  readonly bus: Requests;
  /** This server, as observed state names it. */
  readonly instance: string;
  readonly find: (key: ProxyKey) => Pick<ConnectedProxy, 'openAdmin'> | undefined;
}

/** Longer than signing and handing over take. */
const DEADLINE_MS = 3_500;

/** Has the admin listener of a proxy hold a certificate, which is made when somebody first looks into the Envoy. */
export interface AdminOpener {
  /** Of a proxy of this server; nothing happens for another. Throws what {@link ConnectedProxy.openAdmin} throws. */
  readonly here: (key: ResourceKey) => Promise<null>;
  /** Of any proxy. Where the server that holds it is away, Envoy may have a certificate from before, so that is no error. */
  readonly anywhere: (request: Pick<EnvoyAdminRequest, 'proxy' | 'holder'>) => Promise<void>;
}

/** See {@link AdminOpener}. */
export function adminOpener({ bus, instance, find }: AdminOpenerPorts): AdminOpener {
  const here = async ({ type, mesh, name }: ResourceKey): Promise<null> => {
    await find({ mesh, name, ...((type === 'ZoneIngress' || type === 'ZoneEgress') && { type }) })?.openAdmin();
    return null;
  };
  return {
    here,
    anywhere: async ({ proxy, holder = instance }) => {
      if (holder === instance) await here(proxy);
      else await ask(bus, adminOpenOf(holder), proxy, { deadlineMs: DEADLINE_MS }).catch(unlessAway);
    },
  };
}

function unlessAway(caught: unknown): void {
  const error = MeshError.from(caught);
  if (error.code !== 'bus/unavailable' && error.code !== 'bus/deadline') throw error;
}
