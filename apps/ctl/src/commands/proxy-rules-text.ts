import { stringify } from 'yaml';

interface Meta {
  readonly type: string;
  readonly name: string;
}

/** What `_rules` answers, as far as it is printed. */
interface Rules {
  readonly rules?: readonly {
    readonly type: string;
    readonly warnings: readonly string[];
    readonly proxyRule?: { readonly conf: unknown; readonly origin: readonly Meta[] };
    readonly toRules: readonly Matched[];
    readonly toResourceRules: readonly { readonly conf: readonly unknown[]; readonly origin: readonly Placed[]; readonly resourceMeta: Meta; readonly resourceSectionName?: string }[];
    readonly fromRules: readonly { readonly inbound: Inbound; readonly rules: readonly Matched[] }[];
    readonly inboundRules: readonly { readonly inbound: Inbound; readonly rules: readonly { readonly conf: readonly unknown[]; readonly match?: unknown; readonly origin: readonly Placed[] }[] }[];
  }[];
}

interface Matched {
  readonly conf: unknown;
  readonly matchers: readonly { readonly key: string; readonly value: string; readonly not: boolean }[];
  readonly origin: readonly Meta[];
}

interface Placed {
  readonly resourceMeta: Meta;
}

interface Inbound {
  readonly name?: string;
  readonly port: number;
}

interface Rule {
  readonly about: string;
  readonly conf: unknown;
  readonly origins: readonly Meta[];
}

/** The rules of a proxy for a reader: by policy type, each with the policies that it was merged from, the last of which has the last word. */
export function proxyRulesText(document: unknown): string {
  const { rules = [] } = document as Rules;
  if (rules.length === 0) return 'No policy selects this proxy.\n';
  return rules.map((type) => {
    // Where an inbound has rules of its own, those by tags are another form of them.
    const tagged = type.inboundRules.length > 0 ? [] : type.fromRules;
    const all: readonly Rule[] = [
      ...(type.proxyRule === undefined ? [] : [{ about: 'the proxy', conf: type.proxyRule.conf, origins: type.proxyRule.origin }]),
      ...type.toRules.map(({ conf, matchers, origin }) => ({ about: `to ${subset(matchers, 'any service')}`, conf, origins: origin })),
      ...(type.toRules.length > 0 ? type.toResourceRules.filter(({ resourceMeta }) => resourceMeta.type !== 'Mesh') : type.toResourceRules)
        .map(({ conf, origin, resourceMeta, resourceSectionName = '' }) => ({ about: `to ${resource(resourceMeta, resourceSectionName)}`, conf: single(conf), origins: origin.map((one) => one.resourceMeta) })),
      ...tagged.flatMap(({ inbound, rules: list }) => list.map(({ conf, matchers, origin }) => ({ about: `${inboundText(inbound)}, from ${subset(matchers, 'anyone')}`, conf, origins: origin }))),
      ...type.inboundRules.flatMap(({ inbound, rules: list }) => list.map(({ conf, match, origin }) => ({
        about: `${inboundText(inbound)}${match === undefined ? '' : `, matching ${JSON.stringify(match)}`}`, conf: single(conf), origins: origin.map((one) => one.resourceMeta),
      }))),
    ];
    return [type.type, ...type.warnings.map((warning) => `  ! ${warning}`), ...all.map(ruleText)].join('\n');
  }).join('\n\n') + '\n';
}

function ruleText({ about, conf, origins }: Rule): string {
  const yaml = stringify(conf).trimEnd().split('\n').map((line) => `      ${line}`).join('\n');
  return `  ${about}\n    from ${origins.map(({ name }) => name).join(', then ')}\n${yaml}`;
}

function subset(matchers: Matched['matchers'], everything: string): string {
  return matchers.length === 0 ? everything : matchers.map(({ key, value, not }) => `${key}${not ? '≠' : '='}${value}`).join(', ');
}

function resource({ type, name }: Meta, section: string): string {
  return type === 'Mesh' ? 'any service' : `${type} ${name}${section === '' ? '' : `, port ${section}`}`;
}

function inboundText({ name, port }: Inbound): string {
  return `inbound ${name === undefined ? port : `${name} (${port})`}`;
}

function single(conf: readonly unknown[]): unknown {
  return conf.length === 1 ? conf[0] : conf;
}
