import { syncedTypes } from '@weft/kds-core';
import { weftRegistry } from '@weft/policy-model';
import type { AppPorts, RunningApp } from '@weft/service-runtime';
import { PresenceWriter } from '../global/presence-writer.ts';
import type { KdsSyncConfig } from '../kds-sync-config.ts';
import { OutgoingFeed } from '../outgoing-feed.ts';
import { DeadZones } from './dead-zones.ts';
import { ObservedInsights } from './observed-insights.ts';
import { ZoneLeader } from './zone-leader.ts';

/** Starts the client of the global control plane. The zone works without it: what is lost is the sync, until it is back. */
export async function startZoneSide(ports: AppPorts<KdsSyncConfig>, random: () => number = Math.random): Promise<RunningApp> {
  const { bus, clock, log } = ports;
  const leaders: ZoneLeader[] = [];
  const feed = new OutgoingFeed({
    bus, clock, log, types: syncedTypes(weftRegistry, 'zone-to-global', true), mayGo: () => true,
    onResource: (key, resource) => {
      if (resource === undefined) for (const leader of leaders) leader.freed(key);
    },
  });
  const insights = await ObservedInsights.start(ports, feed);
  const presence = await PresenceWriter.start(ports);
  const deadZones = new DeadZones({ ports, zone: ports.config.multizone.zone.name });
  const leader = new ZoneLeader({ ports, feed, presence, deadZones, random });
  leaders.push(leader);
  let isReady = false;
  const ready = Promise.all([feed.ready, deadZones.ready]).then(() => void (isReady = true));
  const close = async (): Promise<void> => {
    await leader.close();
    await deadZones.close();
    await presence.close();
    await insights.close();
    await feed.close();
  };
  return { name: 'kds-sync', isReady: () => isReady, ready, addresses: {}, held: () => ({ resources: feed.size, ...leader.held(), ...deadZones.held() }), close };
}
