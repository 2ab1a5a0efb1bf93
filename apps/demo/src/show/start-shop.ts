import { ensureEnvoy } from '@weft/envoy-binary';
import type { WantedRedirection } from '../platform/choose-placement.ts';
import { Shop } from '../platform/shop.ts';
import { INSTANCES, ZONE_PROXIES, ZONES } from '../shop/topology.ts';
import type { StepList } from './step-list.ts';

/** How the shop is started. */
export interface StartOptions {
  readonly leafLifetime: string;
  readonly logs: string | undefined;
  readonly redirection: WantedRedirection;
  /** Called as soon as there is something to close, also when a later step fails. */
  readonly onShop: (shop: Shop) => void;
}

/** Starts everything step by step, up to Envoys that are ready. */
export async function startShop(steps: StepList, options: StartOptions): Promise<Shop> {
  let envoyPath = '';
  await steps.step('Envoy', async () => {
    const envoy = await ensureEnvoy();
    envoyPath = envoy.path;
    return `${envoy.version} (${envoy.source})`;
  });
  const { leafLifetime, logs, redirection } = options;
  const shop = await steps.step('Network', async () => Shop.prepare({ envoyPath, leafLifetime, logs, redirection }), ({ placement }) => `${placement.redirection} (${placement.reason})`);
  options.onShop(shop);
  const { global, all } = shop.controlPlanes;
  await steps.step('Control planes: global, and one for each zone', async () => {
    for (const controlPlane of all) await controlPlane.start();
    return all.map(({ name, ports }) => `${name} http://127.0.0.1:${ports.api}`).join(', ');
  });
  await steps.step('Mesh "shop": mTLS, one permission for each called service', () => shop.applyResources());
  await steps.step(`Zones ${ZONES.join(' and ')} in step with the global control plane`, () => shop.zonesInStep(), () => `see weftctl inspect zones, at http://127.0.0.1:${global.ports.api}`);
  await steps.step('Ingress and egress of each zone', async () => {
    for (const proxy of ZONE_PROXIES) await shop.startZoneProxy(proxy);
    return ZONE_PROXIES.map(({ name }) => name).join(', ');
  });
  await steps.step(`Workloads, agents and Envoys, ${shop.placement.description}`, async () => {
    for (const instance of INSTANCES) await shop.startInstance(instance);
    return String(INSTANCES.length);
  });
  await steps.step('Configuration and certificates for every Envoy', () => shop.envoysReady());
  return shop;
}
