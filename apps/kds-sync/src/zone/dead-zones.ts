import { ask, REQUESTS, type AppWrite } from '@weft/bus';
import { consumeFeed, type FeedConsumer } from '@weft/feed';
import { MeshError, type Cancel } from '@weft/kernel';
import { HoldOff, type AppPorts } from '@weft/service-runtime';
import { EntranceProbe } from './entrance-probe.ts';
import { ZONE_FACTS, ZoneFacts } from './zone-facts.ts';
import { isSuspect, verdictOn, type GlobalLink, type ZoneVerdict } from './zone-verdict.ts';

/** Settings of {@link DeadZones}. */
export interface DeadZonesOptions {
  readonly ports: Omit<AppPorts<unknown>, 'config'>;
  /** The own zone. */
  readonly zone: string;
  readonly probe?: EntranceProbe;
}

type Fence = NonNullable<AppWrite['fence']>;

/** From the end of one look at the entrances of a zone to the next. */
const LOOK_AGAIN_MS = 1_000;
/** So long the global control plane takes at most to notice that a zone does not come back to it. */
const SETTLING_MS = 3_000;
/** A link that is made anew within this time was not down. */
const UNSURE_MS = 2_000;
/** Between two writes. */
const GAP_MS = 50;
/** After a write that failed. */
const AGAIN_MS = 500;

interface Look {
  answers: boolean | undefined;
  cancel: Cancel;
}

/**
 * Decides about other zones that seem dead (docs/adr/0038), and writes what it decided as ZoneWithdrawal, from which the
 * index of each xds-server takes it. Entrances are looked at only while nobody says that their zone is alive. It works in the
 * replica that syncs, from {@link DeadZones.begin} to {@link DeadZones.end}.
 */
export class DeadZones {
  readonly ready: Promise<void>;
  readonly #options: DeadZonesOptions;
  readonly #probe: EntranceProbe;
  readonly #facts: ZoneFacts;
  readonly #feed: FeedConsumer;
  readonly #holdOff: HoldOff;
  readonly #looks = new Map<string, Look>();
  #fence: Fence | undefined;
  #link: GlobalLink = 'unsure';
  #cancelLink: Cancel = () => undefined;
  #cancelAgain: Cancel = () => undefined;

  constructor(options: DeadZonesOptions) {
    this.#options = options;
    const { ports: { bus, clock, log }, zone, probe = new EntranceProbe() } = options;
    this.#probe = probe;
    this.#facts = new ZoneFacts(zone);
    this.#holdOff = new HoldOff(clock, GAP_MS, () => this.#write());
    this.#feed = consumeFeed({
      bus, clock, log, types: ZONE_FACTS,
      onSnapshot: ({ resources }) => {
        this.#facts.load(resources);
        this.#review();
      },
      onChanges: (records) => {
        for (const { change } of records) this.#facts.apply(change);
        this.#review();
      },
    });
    this.ready = this.#feed.ready;
  }

  /** For metrics: zones that are withdrawn or lowered, and those whose entrances are looked at. */
  held(): Readonly<Record<string, number>> {
    const count = (effect: ZoneVerdict): number => this.#facts.zones.filter((zone) => this.#before(zone) === effect).length;
    return { zones_withdrawn: count('withdrawn'), zones_lowered: count('lowered'), zones_looked_at: this.#looks.size };
  }

  /** This replica decides from now on. */
  begin(fence: Fence): void {
    this.#fence = fence;
    this.#setLink('unsure', { after: UNSURE_MS, then: 'down' });
  }

  /** Another replica decides, or none. */
  end(): void {
    this.#fence = undefined;
    this.#cancelLink();
    this.#cancelAgain();
    this.#review();
  }

  /** The link to the global control plane was made, or lost. */
  linked(isUp: boolean): void {
    if (this.#fence === undefined) return;
    if (isUp) this.#setLink('settling', { after: SETTLING_MS, then: 'up' });
    else if (this.#link !== 'down' && this.#link !== 'unsure') this.#setLink('unsure', { after: UNSURE_MS, then: 'down' });
  }

  async close(): Promise<void> {
    this.end();
    await this.#feed.close();
    await this.#holdOff.close();
    this.#cancelAgain();
  }

  #setLink(link: GlobalLink, { after, then }: { readonly after: number; readonly then: GlobalLink }): void {
    this.#link = link;
    this.#cancelLink();
    this.#cancelLink = this.#options.ports.clock.after(after, () => {
      this.#link = then;
      this.#review();
    });
    this.#review();
  }

  /** Looks at who is suspect now, and no more at who is not; writes what is another verdict than before. */
  #review(): void {
    const suspects = new Set(this.#fence === undefined ? [] : this.#facts.zones.filter((zone) => isSuspect({ link: this.#link, online: this.#facts.online(zone) })));
    for (const [zone, look] of this.#looks) {
      if (suspects.has(zone)) continue;
      look.cancel();
      this.#looks.delete(zone);
    }
    for (const zone of suspects) if (!this.#looks.has(zone)) void this.#look(zone);
    if (this.#due().length > 0) this.#holdOff.ask();
  }

  async #look(zone: string, look: Look = { answers: undefined, cancel: () => undefined }): Promise<void> {
    this.#looks.set(zone, look);
    const answers = await this.#probe.answers(this.#facts.entrances(zone));
    if (this.#looks.get(zone) !== look) return;
    if (look.answers !== answers) this.#options.ports.log.info({ zone, answers, online: this.#facts.online(zone), link: this.#link }, 'nobody says that a zone is alive: its entrances were looked at');
    look.answers = answers;
    look.cancel = this.#options.ports.clock.after(LOOK_AGAIN_MS, () => void this.#look(zone, look));
    this.#review();
  }

  #before(zone: string): ZoneVerdict {
    return this.#facts.withdrawal(zone)?.spec.effect ?? 'usual';
  }

  #due(): readonly { readonly zone: string; readonly verdict: ZoneVerdict }[] {
    if (this.#fence === undefined) return [];
    return this.#facts.zones.flatMap((zone) => {
      const before = this.#before(zone);
      const signs = { link: this.#link, online: this.#facts.online(zone), answers: this.#looks.get(zone)?.answers, before };
      const verdict = this.#facts.entrances(zone).length === 0 ? 'usual' : verdictOn(signs);
      return verdict === before ? [] : [{ zone, verdict }];
    });
  }

  async #write(): Promise<void> {
    const { ports: { bus, clock, instance, log } } = this.#options;
    const [fence, due] = [this.#fence, this.#due()];
    if (fence === undefined || due.length === 0) return;
    this.#cancelAgain();
    try {
      const writes = due.map(({ zone, verdict }) => this.#asWrite(zone, verdict));
      const { resources } = await ask(bus, REQUESTS.storeWrite, { writes, fence, writer: `kds-sync/${instance}` });
      for (const { zone, verdict } of due) {
        this.#facts.set({ type: 'ZoneWithdrawal', mesh: '', name: zone }, resources.find(({ name }) => name === zone));
        log.warn({ zone, verdict, link: this.#link, online: this.#facts.online(zone) }, IN_WORDS[verdict]);
      }
    } catch (caught) {
      log.debug({ error: MeshError.from(caught).message }, 'what is to be done about other zones could not be written, it is tried again');
      this.#cancelAgain = clock.after(AGAIN_MS, () => this.#holdOff.ask());
    }
  }

  #asWrite(zone: string, verdict: ZoneVerdict): AppWrite['writes'][number] {
    const key = { type: 'ZoneWithdrawal', mesh: '', name: zone };
    const version = this.#facts.withdrawal(zone)?.version;
    if (verdict === 'usual') return { op: 'delete', key, ...(version !== undefined && { expectVersion: version }) };
    const since = new Date(this.#options.ports.clock.now()).toISOString();
    return { op: 'put', ...key, labels: {}, spec: { effect: verdict, since }, expectVersion: version ?? 'absent', bare: true };
  }
}

const IN_WORDS: Readonly<Record<ZoneVerdict, string>> = {
  usual: 'another zone is used again',
  lowered: 'nothing of another zone answers, and the global control plane cannot be asked: its endpoints come after all others',
  withdrawn: 'another zone is withdrawn: the global control plane says that it is offline, and none of its entrances answers',
};
