/** What Kuma's own command operators stand for at one place in a proxy. Texts may be operators of Envoy. */
export interface LogFacts {
  readonly mesh: string;
  readonly zone: string;
  readonly workload: string;
  readonly sourceAddress: string;
  readonly sourceService: string;
  readonly destinationService: string;
  readonly direction: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED';
}

/** The text with Kuma's command operators replaced; those of Envoy stay. Source: Kuma 2.14. */
export function withLogFacts(text: string, facts: LogFacts): string {
  const values: Readonly<Record<string, string>> = {
    // Connections of the application have no port that would tell anything: Kuma writes 0.
    KUMA_SOURCE_ADDRESS: `${facts.sourceAddress}:0`,
    KUMA_SOURCE_ADDRESS_WITHOUT_PORT: facts.sourceAddress,
    KUMA_SOURCE_SERVICE: facts.sourceService,
    KUMA_DESTINATION_SERVICE: facts.destinationService,
    KUMA_MESH: facts.mesh,
    KUMA_TRAFFIC_DIRECTION: facts.direction,
    KUMA_ZONE: facts.zone,
    KUMA_WORKLOAD: facts.workload,
  };
  return text.replace(/%(KUMA_[A-Z_]+)%/g, (operator, name: string) => values[name] ?? operator);
}
