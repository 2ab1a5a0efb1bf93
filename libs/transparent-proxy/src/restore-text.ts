import type { TransparentProxyConfig } from './config.ts';
import type { Family } from './family.ts';
import type { HostFacts } from './host-facts.ts';
import { mangleTable } from './mangle-table.ts';
import { natTable } from './nat-table.ts';
import { rawTable } from './raw-table.ts';
import { ruleContext } from './rule-context.ts';
import { renderTable } from './rule.ts';

/** The rules of a family as `iptables-restore --noflush` reads them: tables raw, nat, mangle, without those that stay empty. */
export function restoreText(config: TransparentProxyConfig, family: Family, facts: HostFacts): string {
  const context = ruleContext(config, family, facts);
  const options = { verbose: config.verbose, comments: !config.comments.disabled && facts.commentModule };
  return [rawTable, natTable, mangleTable].map((table) => renderTable(table(context), options)).filter((text) => text !== '').join('\n');
}
