/** What a rule of iptables does in its chain: `args` are its match and target in short form. `at`: inserted at that position, else appended. */
export interface Rule {
  readonly chain: string;
  readonly args: readonly string[];
  /** Says what it is for; becomes its comment. */
  readonly about: string;
  readonly at?: number;
}

/** Rules of one table, with the chains that they need made first. */
export interface Table {
  readonly name: 'raw' | 'nat' | 'mangle';
  readonly newChains: readonly string[];
  readonly rules: readonly Rule[];
}

/** Starts the comment of every rule; uninstall finds them by it. */
export const COMMENT_PREFIX = 'kuma/mesh/transparent/proxy/';

const LONG: Readonly<Record<string, string>> = {
  '-A': '--append', '-I': '--insert', '-N': '--new-chain', '-p': '--protocol', '-s': '--source', '-d': '--destination', '-i': '--in-interface', '-o': '--out-interface',
  '-m': '--match', '-j': '--jump', '--dport': '--destination-port', '--sport': '--source-port', '--dports': '--destination-ports',
};

/** How tables are written. */
export interface RenderOptions {
  readonly verbose: boolean;
  readonly comments: boolean;
}

/** A table as iptables-restore reads it; empty where it has no rule. */
export function renderTable(table: Table, options: RenderOptions): string {
  if (table.rules.length === 0) return '';
  const heading = (text: string): string[] => (options.verbose ? [`# ${text}`] : []);
  const lines = [
    `*${table.name}`,
    ...(table.newChains.length === 0 ? [] : heading('Chains of our own')),
    ...table.newChains.map((chain) => renderArgs(['-N', chain], options)),
    ...table.rules.flatMap((rule, index) => [...(rule.chain === table.rules[index - 1]?.chain ? [] : heading(rule.chain)), renderRule(rule, options)]),
    'COMMIT',
  ];
  return `${lines.join('\n')}\n`;
}

function renderRule(rule: Rule, options: RenderOptions): string {
  const jump = rule.args.indexOf('-j');
  const comment = options.comments ? ['-m', 'comment', '--comment', `"${COMMENT_PREFIX}${rule.about}"`] : [];
  const place = rule.at === undefined ? ['-A', rule.chain] : ['-I', rule.chain, String(rule.at)];
  return renderArgs([...place, ...rule.args.slice(0, jump), ...comment, ...rule.args.slice(jump)], options);
}

function renderArgs(args: readonly string[], { verbose }: RenderOptions): string {
  return args.map((arg) => (verbose ? (LONG[arg] ?? arg) : arg)).join(' ');
}
