import type { RuleContext } from './rule-context.ts';
import type { Table } from './rule.ts';

/** Drops what belongs to no connection, if asked: its answer could otherwise leave without its address being put back. */
export function mangleTable({ config }: RuleContext): Table {
  const rules = config.dropInvalidPackets ? [{ chain: 'PREROUTING', args: ['-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP'], about: 'drop-invalid' }] : [];
  return { name: 'mangle', newChains: [], rules };
}
