import type { TransparentProxyConfig } from './config.ts';
import type { Family } from './family.ts';
import { mangleTable } from './mangle-table.ts';
import { natTable } from './nat-table.ts';
import { rawTable } from './raw-table.ts';
import type { Nameservers } from './resolv-conf.ts';
import { ruleContext } from './rule-context.ts';
import { renderTable } from './rule.ts';

/** What the rules depend on besides the configuration. */
export interface HostFacts {
  /** Id of the user as whom the agent and Envoy run. */
  readonly uid: number;
  /** Servers of resolv.conf. */
  readonly nameservers: Nameservers;
  /** Families in which a chain DOCKER_OUTPUT exists: this is a container of a custom Docker network, whose DNS goes through it. */
  readonly dockerOutput: readonly Family['name'][];
  /** Whether connection tracking knows zones here. */
  readonly conntrackZones: boolean;
  /** Whether rules may carry comments here. */
  readonly commentModule: boolean;
}

/** The rules of a family as `iptables-restore --noflush` reads them: tables raw, nat, mangle, without those that stay empty. */
export function restoreText(config: TransparentProxyConfig, family: Family, facts: HostFacts): string {
  const context = ruleContext(config, family, facts);
  const options = { verbose: config.verbose, comments: !config.comments.disabled && facts.commentModule };
  return [rawTable, natTable, mangleTable].map((table) => renderTable(table(context), options)).filter((text) => text !== '').join('\n');
}
