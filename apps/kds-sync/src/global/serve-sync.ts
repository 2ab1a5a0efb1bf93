import { status } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { syncedTypes, type ZoneForms } from '@weft/kds-core';
import { askForHeartbeats, isHeartbeat, type KdsServerStream, type ZoneCall } from '@weft/kds-transport';
import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import { KUMA_VERSION } from '@weft/resource-model';
import type { AppPorts } from '@weft/service-runtime';
import type { KdsSyncConfig } from '../kds-sync-config.ts';
import type { OutgoingFeed } from '../outgoing-feed.ts';
import { PeerResources } from '../peer-resources.ts';
import { ReceivingEnd } from '../receiving-end.ts';
import { SendingEnd } from '../sending-end.ts';
import { StallWatch } from '../stall-watch.ts';
import { KdsSubscription } from './kds-subscription.ts';
import type { PresenceWriter } from './presence-writer.ts';
import { SubscriptionWatch } from './subscription-watch.ts';
import { HEARTBEAT_MS } from './zone-leases.ts';
import type { OpenStream, StreamServer } from './zone-streams.ts';

/** What serving the two sync streams takes. */
export interface ServeSyncOptions {
  readonly ports: AppPorts<KdsSyncConfig>;
  readonly feed: OutgoingFeed;
  readonly forms: ZoneForms;
  readonly presence: PresenceWriter;
  /** The sending ends that are open now; kept by {@link serveDown}. */
  readonly sending: Set<SendingEnd>;
  /** A zone of Weft says that it lives, as it was asked to. */
  readonly onHeartbeat: (call: ZoneCall) => void;
}

const DUE_TOLD = 5;

/** One end of a sync, whichever. */
interface SyncEnd {
  due(): readonly string[];
  close(): void;
}

/** Serves GlobalToZoneSync: one subscription of the zone. */
export function serveDown(options: ServeSyncOptions): StreamServer {
  const { feed, forms, presence, sending, ports: { clock, config, instance } } = options;
  return (open) => {
    const { call, openedAt, stream } = open;
    const subscription = new KdsSubscription({ id: randomUUID(), globalInstance: instance, connectTime: openedAt, authTokenProvided: call.token !== undefined });
    presence.of(call.zone).subscribed(subscription);
    const { nackBackoff, maxMsgSize } = config.multizone.global.kds;
    const session = serveWatched(options, open, async (moves) => {
      await feed.ready;
      return () => {
        const end = new SendingEnd({
          ...moves, stream, feed, clock, direction: 'global-to-zone', sender: 'global', to: 'the zone', features: call.features,
          formFor: (features) => forms.formFor({ zone: call.zone, features }), nackBackoffMs: nackBackoff, maxMessageBytes: maxMsgSize,
          watch: new SubscriptionWatch({ zone: call.zone, subscription, clock, log: options.ports.log }),
          onMove: () => {
            moves.onMove();
            presence.touch(call.zone, 'counts');
          },
        });
        if (call.features.has('weft-sync')) hear(stream, () => options.onHeartbeat(call));
        sending.add(end);
        return { due: () => end.due(), close: () => { sending.delete(end); end.close(); } };
      };
    });
    return {
      close: () => {
        session.close();
        subscription.end(new Date(clock.now()).toISOString());
      },
    };
  };
}

/** Asks for heartbeats, and listens for them. */
function hear(stream: KdsServerStream, onHeartbeat: () => void): void {
  stream.on('data', (message: Uint8Array) => {
    if (isHeartbeat(message)) onHeartbeat();
  });
  askForHeartbeats(stream, HEARTBEAT_MS);
}

/** Serves ZoneToGlobalSync: what the zone made is kept here. */
export function serveUp(options: ServeSyncOptions): StreamServer {
  const { ports: { bus, clock, instance, log }, presence } = options;
  return (open) => serveWatched(options, open, async (moves) => {
    const { call, stream } = open;
    const types = syncedTypes(weftRegistry, 'zone-to-global', call.features.has('weft-sync')).map(({ name }) => name);
    const from = { side: 'zone', zone: call.zone, hashedNames: call.features.has('hash-suffix') } as const;
    const { refused } = presence.of(call.zone);
    refused.clear();
    const resources = await PeerResources.load({
      bus, from, types, writer: `kds-sync/${instance}`,
      onKept: (type, reasons) => {
        refused.set(type, reasons, new Date(clock.now()).toISOString());
        presence.touch(call.zone, 'counts');
      },
    });
    const node = { id: call.zone, metadata: { version: { kumaCp: { version: KUMA_VERSION, gitTag: '', gitCommit: '', buildDate: '' } }, config: '', 'control-plane-id': instance, features: ['zone-token', 'hash-suffix', 'weft-sync'] } };
    return () => new ReceivingEnd({
      ...moves, stream, from: 'the zone', types, node, peer: call.features.has('weft-sync') ? 'weft' : 'stock', resources,
      onRefused: (type, reason) => log.warn({ zone: call.zone, type, reason }, 'resources of a zone were refused'),
    });
  });
}

interface Moves {
  readonly onMove: () => void;
  readonly onFailure: (reason: string) => void;
}

/** Runs one end of a sync, and ends its stream where it fails or has stopped moving: the zone then comes again. */
function serveWatched({ ports: { clock, config, log }, presence }: ServeSyncOptions, open: OpenStream, prepare: (moves: Moves) => Promise<() => SyncEnd>): { readonly close: () => void } {
  const { stallTimeout } = config.multizone.global.kds;
  const { call: { zone }, name: stream } = open;
  let end: SyncEnd | undefined;
  let closed = false;
  const note = (kind: 'stalled' | 'failed', reason: string): void => {
    presence.of(zone).incidents.note({ kind, reason }, new Date(clock.now()).toISOString());
    presence.touch(zone, 'presence');
  };
  const watch = new StallWatch({
    clock, timeoutMs: stallTimeout, due: () => end?.due() ?? [],
    onStall: (due) => {
      const reason = `nothing has moved for ${stallTimeout} ms: ${due.slice(0, DUE_TOLD).join(', ')}${due.length > DUE_TOLD ? ` and ${due.length - DUE_TOLD} more` : ''}`;
      log.error({ zone, stream, reason }, 'the sync with a zone has stopped moving, it is started anew');
      note('stalled', reason);
      open.fail({ code: status.ABORTED, reason });
    },
  });
  const onFailure = (reason: string): void => {
    log.warn({ zone, stream, reason }, 'the sync with a zone failed, it comes again');
    note('failed', reason);
    open.fail({ code: status.INTERNAL, reason });
  };
  prepare({ onMove: () => watch.moved(), onFailure }).then((begin) => {
    if (!closed) end = begin();
  }).catch((caught: unknown) => onFailure(MeshError.from(caught).message));
  return {
    close: () => {
      closed = true;
      watch.close();
      end?.close();
    },
  };
}
