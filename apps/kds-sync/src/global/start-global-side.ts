import { create, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { goesToZone, PEER_FEATURES, syncedTypes, ZoneForms } from '@weft/kds-core';
import { ZoneHealthCheckResponseSchema } from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import { kdsServices, type ZoneCall } from '@weft/kds-transport';
import { weftRegistry } from '@weft/policy-model';
import type { AppPorts, RunningApp } from '@weft/service-runtime';
import type { KdsSyncConfig } from '../kds-sync-config.ts';
import { OutgoingFeed } from '../outgoing-feed.ts';
import type { SendingEnd } from '../sending-end.ts';
import { EnvoyCalls } from './envoy-calls.ts';
import { HealthWatch } from './health-watch.ts';
import { listenForZones } from './listen-for-zones.ts';
import type { StoredLiveness } from './liveness-table.ts';
import { PresenceWriter } from './presence-writer.ts';
import { RefusedZones } from './refused-zones.ts';
import { serveDown, serveUp } from './serve-sync.ts';
import { tellLiveness } from './tell-liveness.ts';
import { KnownZones } from './zone-directory.ts';
import { ZoneGate } from './zone-gate.ts';
import { ZoneLeases } from './zone-leases.ts';
import { unavailable, ZoneStreams } from './zone-streams.ts';
import { ZoneTokens } from './zone-tokens.ts';

type Ports = AppPorts<KdsSyncConfig>;

/** How often a zone of Weft checks its health where no interval is configured, in milliseconds. */
const HEALTH_CHECK_MS = 30_000;

const DOWN = syncedTypes(weftRegistry, 'global-to-zone', true);

/** A zone that may be sent whatever any zone may. */
const ANY_ZONE = { peer: { zone: '', features: new Set(PEER_FEATURES) }, zones: { isEnabled: () => true } };

/** Starts the global control plane's side: zones are served on `multizone.global.kds.grpcPort`. Resolves once it listens. */
export async function startGlobalSide(ports: Ports): Promise<RunningApp> {
  const { bus, clock, config, instance, log } = ports;
  const zones = new KnownZones();
  const liveness = await tellLiveness({ bus, clock, instance, log });
  const sending = new Set<SendingEnd>();
  const forms = new ZoneForms(zones, { skipLabelPrefixes: config.multizone.global.kds.labels.skipPrefixes });
  const presence = await PresenceWriter.start({ bus, clock, log, instance });
  const leases = await ZoneLeases.start({
    bus, clock, instance,
    onSilent: (zone, silent) => {
      if (silent) log.warn({ zone }, 'a zone gives no sign of life any more');
      else log.info({ zone }, 'a silent zone gives signs of life again');
      presence.of(zone).silentSince(silent ? new Date(clock.now()).toISOString() : undefined);
      presence.touch(zone, 'presence');
    },
    onTaken: (zone) => streams.end((call) => call.zone === zone, { code: status.ALREADY_EXISTS, reason: 'another control plane has taken the name of this zone while it gave no sign of life' }),
  });
  // From here on nothing is awaited: what the feed tells may concern each of these.
  const feed = new OutgoingFeed({
    bus, clock, log, types: DOWN, watched: ['Zone'], mayGo: (key) => mayGo(key),
    onResource: (key, resource) => {
      if (key.type === 'ZoneLiveness') liveness.table.stored(key.name, resource as StoredLiveness | undefined);
      if (key.type === 'Zone' && resource === undefined) liveness.table.forget(key.name);
      if (key.type !== 'Zone') return;
      // What came from it went with it: it shall send all of it again.
      if (resource === undefined) {
        streams.end((call) => call.zone === key.name, unavailable('the Zone was deleted'));
        presence.forget(key.name);
      }
      if (zones.take(key, resource)) for (const one of sending) one.refresh(({ labels }) => labels['kuma.io/zone'] === key.name);
    },
  });
  const tokens = new ZoneTokens({ bus, clock, log, config, onChange: () => void dismiss(streams, gate) });
  const gate = new ZoneGate({ bus, instance, tokens, leases, isKnown: (zone) => zones.has(zone) });
  const envoys = new EnvoyCalls({ bus, clock, newId: randomUUID });
  const sync = { ports, feed, forms, presence, sending, onHeartbeat: (call: ZoneCall) => void leases.beat(call.zone, call.identity) };
  const [down, up] = [serveDown(sync), serveUp(sync)];
  const streams: ZoneStreams = new ZoneStreams({
    clock, gate, presence, refused: new RefusedZones({ clock, log, presence, isKnown: (zone) => zones.has(zone) }),
    serve: (open) => {
      const { call, name, stream } = open;
      if (call.identity === undefined) liveness.table.forget(call.zone);
      if (name === 'globalToZone') return down(open);
      return name === 'zoneToGlobal' ? up(open) : { close: envoys.opened(call.zone, name, stream) };
    },
  });
  const { timeout, closeStaleConn } = config.multizone.global.kds.zoneHealthCheck;
  const health = new HealthWatch({
    clock, timeoutMs: closeStaleConn ? timeout : 0,
    onSilent: (zone) => {
      log.warn({ zone }, 'a zone has not checked its health in time: its streams are closed');
      streams.end((call) => call.zone === zone, unavailable('this zone has not checked its health in time'));
    },
  });
  const healthCheck = async (call: ZoneCall): Promise<Uint8Array> => {
    const passed = await gate.pass(call);
    if (!passed.ok) throw new Error(passed.error.reason);
    presence.of(call.zone).healthChecked(new Date(clock.now()).toISOString());
    presence.touch(call.zone, 'counts');
    health.checked(call.zone);
    await leases.beat(call.zone, call.identity);
    return healthAnswer(config, call);
  };
  if (config.kds.auth === 'none') log.info({}, 'zones are let in without a token: set kds.auth to token to change that');
  const server = await listenForZones(ports, kdsServices({ ...streams.handlers(), healthCheck }));
  log.info({ address: server.address }, 'zones are served');
  let isReady = false;
  const ready = Promise.all([feed.ready, tokens.ready]).then(() => void (isReady = true));
  void feed.ready.then(() => liveness.begin());
  return {
    name: 'kds-sync', isReady: () => isReady, ready, addresses: { kds: server.address },
    held: () => ({ open_streams: streams.size, resources: feed.size }),
    close: async () => {
      streams.end(() => true, { code: status.UNAVAILABLE, reason: 'the global control plane is stopping' });
      await server.close();
      await liveness.close();
      await Promise.all([envoys.close(), tokens.close(), feed.close()]);
      health.close();
      leases.close();
      await presence.close();
    },
  };
}

function mayGo({ type: name, mesh, name: resource }: { readonly type: string; readonly mesh: string; readonly name: string }): boolean {
  const type = DOWN.find((one) => one.name === name);
  return type !== undefined && goesToZone(type, { type: name, mesh, name: resource, labels: {}, creationTime: '', modificationTime: '', version: 0, spec: {} }, ANY_ZONE);
}

/** Ends the streams of zones whose token is not good any more. */
async function dismiss(streams: ZoneStreams, gate: ZoneGate): Promise<void> {
  for (const { zone, token } of streams.calls()) {
    const refusal = await gate.tokenRefusal({ zone, ...(token !== undefined && { token }) });
    if (refusal !== undefined) streams.end((call) => call.zone === zone && call.token?.reveal() === token?.reveal(), refusal);
  }
}

/** A zone checks its health as often as configured. One of Weft does so in any case: its token is looked at, and people see when it was heard. */
function healthAnswer({ multizone }: KdsSyncConfig, { features }: ZoneCall): Uint8Array {
  const { pollInterval, timeout } = multizone.global.kds.zoneHealthCheck;
  const byItself = features.has('weft-sync') ? Math.min(HEALTH_CHECK_MS, timeout > 0 ? timeout / 2 : HEALTH_CHECK_MS) : 0;
  const ms = pollInterval > 0 ? pollInterval : byItself;
  const interval = { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1_000_000) };
  return toBinary(ZoneHealthCheckResponseSchema, create(ZoneHealthCheckResponseSchema, { interval }));
}
