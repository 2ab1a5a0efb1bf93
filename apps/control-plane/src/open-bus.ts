import type { Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { connectNatsBus } from '@weft/bus-nats';
import { MeshError, type Clock } from '@weft/kernel';
import type { CompositionConfig } from './control-plane-config.ts';

/** Opens the bus that the configuration names; `instance` is what the servers call this process. Throws `bus/unavailable`. */
export async function openBus({ bus }: Pick<CompositionConfig, 'bus'>, clock: Clock, instance: string): Promise<Bus> {
  if (bus.type === 'memory') return createMemoryBus({ clock });
  const { servers } = bus.nats;
  try {
    return await connectNatsBus({ servers, name: instance });
  } catch (cause) {
    throw new MeshError('bus/unavailable', `NATS cannot be reached at ${servers.join(', ')}: start a nats-server with JetStream (-js), or set bus.nats.servers (variable WEFT_BUS_NATS_SERVERS): ${MeshError.from(cause).message}`, { cause });
  }
}
