import type { Clock } from '@weft/kernel';
import type { Fence, ResourceStore } from '@weft/store';

const RETRY_MS = 250;

/** Runs `work` while holding a lease, waiting for it first. Its writes carry the fence, so a holder that lost the lease cannot write. */
export async function withLease(
  ports: { readonly store: ResourceStore; readonly clock: Clock; readonly instance: string },
  { lease, ttlMs }: { readonly lease: string; readonly ttlMs: number },
  work: (fence: Fence) => Promise<void>,
): Promise<void> {
  for (;;) {
    const grant = await ports.store.acquireLease(lease, ports.instance, ttlMs);
    if (grant !== undefined) {
      try {
        return await work({ lease, token: grant.token });
      } finally {
        await ports.store.releaseLease(lease, ports.instance);
      }
    }
    await new Promise<void>((resolve) => ports.clock.after(RETRY_MS, resolve));
  }
}
