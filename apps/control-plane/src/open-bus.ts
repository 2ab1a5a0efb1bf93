import type { Bus } from '@weft/bus';
import { createMemoryBus } from '@weft/bus-memory';
import { MeshError, type Clock } from '@weft/kernel';
import type { CompositionConfig } from './control-plane-config.ts';

/** Opens the bus that the configuration names. */
export async function openBus({ bus }: Pick<CompositionConfig, 'bus'>, clock: Clock): Promise<Bus> {
  if (bus.type === 'memory') return createMemoryBus({ clock });
  throw new MeshError('config/invalid', `bus.type: "${bus.type}" is not here yet`);
}
