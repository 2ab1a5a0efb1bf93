import type { TransparentProxyConfig } from './config.ts';
import type { Family } from './family.ts';
import type { HostFacts } from './host-facts.ts';

/** What rules of one family are made from. */
export interface RuleContext {
  readonly config: TransparentProxyConfig;
  readonly family: Family;
  readonly facts: HostFacts;
  /** Id of the proxy's user. */
  readonly uid: string;
  readonly dns: {
    readonly enabled: boolean;
    readonly port: string;
    /** Of this family; empty when everything is captured. */
    readonly servers: readonly string[];
    /** Matches for questions, one for each server, or a single empty one for all. */
    readonly destinations: readonly (readonly string[])[];
    /** The same for answers. */
    readonly sources: readonly (readonly string[])[];
  };
}

/** Puts together what the rules of a family need. DNS stays alone where the family has no server. */
export function ruleContext(config: TransparentProxyConfig, family: Family, facts: HostFacts): RuleContext {
  const { enabled, captureAll, port } = config.redirect.dns;
  const servers = captureAll ? [] : facts.nameservers[family.name];
  return {
    config, family, facts,
    uid: String(facts.uid),
    dns: {
      enabled: captureAll || (enabled && servers.length > 0),
      port: String(port),
      servers,
      destinations: captureAll ? [[]] : servers.map((server) => ['-d', server]),
      sources: captureAll ? [[]] : servers.map((server) => ['-s', server]),
    },
  };
}
