import { MeshError } from '@weft/kernel';
import { probeNetNamespaces } from '@weft/net-namespace';
import { loopbackPlacement } from './loopback-placement.ts';
import { namespacePlacement } from './namespace-placement.ts';
import type { Placement } from './placement.ts';

/** What is asked for: the better way that is possible, or one of the two. */
export type WantedRedirection = 'auto' | 'namespaces' | 'explicit';

/** Places the shop in namespaces where that is possible, else on loopback, saying why. Rejects when namespaces are required and impossible. */
export async function choosePlacement(wanted: WantedRedirection): Promise<Placement> {
  if (wanted === 'explicit') return loopbackPlacement('asked for');
  const permitted = await probeNetNamespaces();
  if (!permitted.ok) return refused(wanted, permitted.error);
  try {
    return await namespacePlacement();
  } catch (error) {
    return refused(wanted, MeshError.from(error).message);
  }
}

function refused(wanted: WantedRedirection, why: string): Promise<Placement> {
  if (wanted === 'namespaces') throw new MeshError('config/invalid', `the shop was to run in network namespaces, but ${why}`);
  return loopbackPlacement(why);
}
