import type { Bus } from '@weft/bus';
import { consumeFeed, type FeedConsumer } from '@weft/feed';
import type { ZoneCall } from '@weft/kds-transport';
import type { Clock } from '@weft/kernel';
import type { Resource } from '@weft/resource-model';
import type { Logger } from '@weft/service-runtime';
import { TokenVerifier, trustedKeys, verifyZoneToken } from '@weft/tokens';
import type { KdsSyncConfig } from '../kds-sync-config.ts';

/** Settings of {@link ZoneTokens}. */
export interface ZoneTokensOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: Pick<KdsSyncConfig, 'kds' | 'dpServer'>;
  /** Keys or revocations changed: what was good may not be any more. */
  readonly onChange: () => void;
}

const VALIDATOR = 'dpServer.authn.zoneProxy.zoneToken.validator';
const TOKEN_TYPES = ['TokenPublicKey', 'TokenRevocations'];

/** So long a token that was good counts as good without being looked at again, unless keys or revocations change. */
const TRUST_MS = 10_000;

/** Who may call in the name of a zone: a zone token of scope `cp` says so. */
export class ZoneTokens {
  /** Resolves once keys and revocations were read. */
  readonly ready: Promise<void>;
  readonly #options: ZoneTokensOptions;
  readonly #verifier: TokenVerifier;
  readonly #consumer: FeedConsumer;
  #known: readonly Resource[] = [];
  /** Zone and token to when it was found good. */
  readonly #good = new Map<string, number>();

  constructor(options: ZoneTokensOptions) {
    this.#options = options;
    const { bus, clock, log, config } = options;
    this.#verifier = new TokenVerifier(clock, trustedKeys('zone', config.dpServer.authn.zoneProxy.zoneToken.validator, VALIDATOR));
    this.#consumer = consumeFeed({
      bus, clock, log, types: TOKEN_TYPES,
      onSnapshot: ({ resources }) => {
        for (const gone of this.#known) this.#verifier.remove(gone);
        for (const resource of resources) this.#verifier.put(resource);
        this.#known = resources;
        this.#changed();
      },
      onChanges: (records) => {
        for (const { change } of records) {
          if (change.op === 'put') this.#verifier.put(change.resource);
          else if (change.op === 'delete') this.#verifier.remove(change.key);
        }
        this.#changed();
      },
    });
    this.ready = this.#consumer.ready;
  }

  /** Why a call may not speak for its zone; undefined where it may. A token that is bad is refused even where none is asked for. */
  async refusal({ zone, token }: Pick<ZoneCall, 'zone' | 'token'>): Promise<string | undefined> {
    const { clock, config } = this.#options;
    if (token === undefined) return config.kds.auth === 'none' ? undefined : `a zone token is needed: make one with "weftctl generate zone-token --zone ${zone} --scope cp" at the global control plane, and give it to the zone as multizone.zone.kds.token`;
    const key = `${zone} ${token.reveal()}`;
    if (clock.now() - (this.#good.get(key) ?? -TRUST_MS) < TRUST_MS) return undefined;
    const verified = await verifyZoneToken(this.#verifier, token.reveal(), { zone, scope: 'cp' });
    if (!verified.ok) return `the zone token is refused: ${verified.error.message}`;
    this.#good.set(key, clock.now());
    return undefined;
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }

  #changed(): void {
    this.#good.clear();
    this.#options.onChange();
  }
}
