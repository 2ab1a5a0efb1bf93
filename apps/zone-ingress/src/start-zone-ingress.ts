import { consumeFeed } from '@weft/feed';
import { MeshError, type Cancel } from '@weft/kernel';
import { HoldOff, LeasedWriter, type AppPorts, type RunningApp } from '@weft/service-runtime';
import { IngressPlan, type StoredIngress } from './ingress-plan.ts';

/** What zone-ingress reads of the configuration tree; key names as in Kuma 2.14. */
export interface ZoneIngressConfig {
  readonly multizone: { readonly zone: { readonly name: string } };
  readonly experimental: {
    /** Prefixes of the tags that other zones are told of; empty for all. */
    readonly ingressTagFilters: readonly string[];
  };
}

/** Changes that follow closely become one write. */
const GAP_MS = 100;
/** After a write that failed, or while another replica writes. */
const AGAIN_MS = 1_000;

/**
 * Starts the owner of what a zone offers by tag: keeps `availableServices` of the own zone's ZoneIngresses in step with
 * its dataplanes. Replicas follow the feed alike; one of them, the holder of a lease, writes, and only what is another.
 */
export async function startZoneIngress({ bus, clock, instance, log, config }: AppPorts<ZoneIngressConfig>): Promise<RunningApp> {
  const plan = new IngressPlan(config.multizone.zone.name, config.experimental.ingressTagFilters);
  const writer = new LeasedWriter({ bus, clock, instance, lease: 'zone-ingress', app: 'zone-ingress' });
  let again: Cancel | undefined;
  const write = async (): Promise<void> => {
    const due = plan.due();
    if (due.length === 0) return;
    const stored = await writer.write(due.map(({ ingress: { type, mesh, name, labels, version }, spec }) => ({ op: 'put', type, mesh, name, labels, spec, expectVersion: version }))).catch((caught: unknown) => {
      log.debug({ error: MeshError.from(caught).message }, 'what the zone offers could not be written, it is tried again');
      return undefined;
    });
    for (const ingress of stored ?? []) plan.stored(ingress.name, ingress as StoredIngress);
    again?.();
    again = stored === undefined ? clock.after(AGAIN_MS, () => holdOff.ask()) : undefined;
  };
  const holdOff: HoldOff = new HoldOff(clock, GAP_MS, write);
  const feed = consumeFeed({
    bus, clock, log, types: ['Mesh', 'Dataplane', 'ExternalService', 'ZoneIngress'],
    onSnapshot: ({ resources }) => {
      plan.load(resources);
      holdOff.ask();
    },
    onChanges: (records) => {
      for (const { change } of records) plan.apply(change);
      holdOff.ask();
    },
  });
  let isReady = false;
  const ready = feed.ready.then(() => void (isReady = true));
  const close = async (): Promise<void> => {
    await feed.close();
    again?.();
    await holdOff.close();
    again?.();
    await writer.release();
  };
  return { name: 'zone-ingress', isReady: () => isReady, ready, addresses: {}, held: () => ({ own_ingresses: plan.ingresses, offered_services: plan.services }), close };
}
