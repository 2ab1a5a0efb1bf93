import { COMMENT_PREFIX } from './rule.ts';

/** What finds our rules in saved ones. */
export const RULE_MARK = { chain: 'KUMA_MESH', comment: COMMENT_PREFIX.slice(0, -1) } as const;

/** How to take our rules away: nothing is there; they cannot be told from others since they lack comments; or the input of `iptables-restore --noflush`. */
export type Removal =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'rules'; readonly text: string };

/**
 * Reads what `iptables-save` printed and gives the input that deletes exactly our rules and chains. Rules of others are not written
 * anew, so that they keep their counters, and one that somebody adds meanwhile is not lost.
 */
export function removalOf(saved: string): Removal {
  if (!saved.includes(RULE_MARK.chain) && !saved.includes(RULE_MARK.comment)) return { kind: 'nothing' };
  if (!saved.includes(RULE_MARK.comment)) return { kind: 'unmarked' };
  const tables = saved.split(/^(?=\*)/m).filter((part) => part.startsWith('*'));
  return { kind: 'rules', text: tables.map(removalFromTable).filter((text) => text !== '').join('\n') };
}

function removalFromTable(table: string): string {
  const lines = table.split('\n');
  const chains = lines.flatMap((line) => (line.startsWith(`:${RULE_MARK.chain}`) ? [line.slice(1).split(' ')[0] ?? ''] : []));
  const ours = lines.filter((line) => line.startsWith('-A ') && !line.startsWith(`-A ${RULE_MARK.chain}`) && (line.includes(RULE_MARK.chain) || line.includes(RULE_MARK.comment)));
  if (chains.length === 0 && ours.length === 0) return '';
  // Jumps go first and contents next: a chain that is empty and that nobody jumps to can be deleted.
  const removals = [...ours.map((line) => line.replace(/^-A /, '-D ')), ...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`)];
  return `${[lines[0], ...removals, 'COMMIT'].join('\n')}\n`;
}
