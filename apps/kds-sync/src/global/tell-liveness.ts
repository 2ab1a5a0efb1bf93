import { BUCKETS, parseBucketKey, type AppWrite } from '@weft/bus';
import { MeshError, type Cancel } from '@weft/kernel';
import { HoldOff, LeasedWriter, type AppPorts } from '@weft/service-runtime';
import { LivenessTable, type LivenessDue, type StoredLiveness } from './liveness-table.ts';

/** A zone of Weft gives a sign of life each second: one that misses two of them is offline. */
const LEASE_MS = 2_000;
/** Between two writes. */
const GAP_MS = 50;
/** After a write that failed, or while another replica writes. */
const AGAIN_MS = 500;
const NAME = 'zone-liveness';

/** The teller of liveness. */
export interface LivenessTeller {
  readonly table: LivenessTable;
  /** What is stored is known: from now on it is written. */
  begin(): void;
  close(): Promise<void>;
}

/**
 * Tells which zones of Weft are alive, as ZoneLiveness, which the sync takes to the other zones of Weft. Signs of life are
 * read from the leases of zones (`zone-leases`), which every replica sees; one of them, the holder of a lease, writes. That
 * streams broke is no news by itself: a control plane that restarts is back before its lease has run out, or soon after.
 */
export async function tellLiveness({ bus, clock, instance, log }: Omit<AppPorts<unknown>, 'config'>): Promise<LivenessTeller> {
  const writer = new LeasedWriter({ bus, clock, instance, lease: NAME, app: 'kds-sync' });
  let again: Cancel = () => undefined;
  let begun = false;
  const write = async (): Promise<void> => {
    const due = begun ? table.due() : [];
    if (due.length === 0) return;
    again();
    const written = await writer.write(due.map(asWrite)).catch((caught: unknown) => {
      log.debug({ error: MeshError.from(caught).message }, 'which zones are alive could not be written, it is tried again');
      return undefined;
    });
    if (written === undefined) again = clock.after(AGAIN_MS, () => holdOff.ask());
    else for (const { zone, spec } of due) tell(zone, spec, written.find(({ name }) => name === zone) as StoredLiveness | undefined);
  };
  const tell = (zone: string, spec: LivenessDue['spec'], stored: StoredLiveness | undefined): void => {
    table.stored(zone, stored);
    if (spec !== undefined) log.info({ zone, online: spec.online }, spec.online ? 'a zone is alive' : 'a zone gives no sign of life: the other zones are told');
  };
  const holdOff: HoldOff = new HoldOff(clock, GAP_MS, write);
  const table = new LivenessTable({ clock, leaseMs: LEASE_MS, onChange: () => holdOff.ask() });
  const leases = await bus.bucket(BUCKETS.zoneLeases.name, BUCKETS.zoneLeases);
  const watch = await leases.watch(({ key, value }) => {
    const [zone = ''] = parseBucketKey(key);
    if (value !== undefined) table.heard(zone);
  });
  return {
    table,
    begin: () => {
      begun = true;
      holdOff.ask();
    },
    close: async () => {
      await watch.close();
      table.close();
      again();
      await holdOff.close();
      again();
      await writer.release();
    },
  };
}

function asWrite({ zone, stored, spec }: LivenessDue): AppWrite['writes'][number] {
  const key = { type: 'ZoneLiveness', mesh: '', name: zone };
  if (spec === undefined) return { op: 'delete', key, ...(stored && { expectVersion: stored.version }) };
  return { op: 'put', ...key, labels: {}, spec, expectVersion: stored?.version ?? 'absent', bare: true };
}
