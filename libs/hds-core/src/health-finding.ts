/** `up`: came up since it was last told; `steady`: is up as before, which changes nothing; `down`: takes no traffic. */
export type Vitality = 'up' | 'steady' | 'down';

/** What was found out about a proxy. Plain data: it crosses the bus. */
export interface HealthFinding {
  /** The proxy itself: `down` while it starts or drains. */
  readonly proxy: Vitality;
  /** Probed workloads by their port (as text). */
  readonly workloads: Readonly<Record<string, Vitality>>;
}

/** The proxy serves what it was given. */
export const PROXY_STARTED: HealthFinding = { proxy: 'up', workloads: {} };

/** The proxy is about to end. */
export const PROXY_DRAINS: HealthFinding = { proxy: 'down', workloads: {} };
