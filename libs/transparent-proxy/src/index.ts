export { DEFAULT_CONFIG, type IpFamilyMode, type TransparentProxyConfig } from './config.ts';
export { mergeConfig, type ConfigSources } from './merge-config.ts';
export { OPTIONS, type OptionKind, type TransparentProxyOption } from './options.ts';
export { removalOf, RULE_MARK, type Removal } from './removal.ts';
export { nameserversOf, type Nameservers } from './resolv-conf.ts';
export type { HostFacts } from './host-facts.ts';
export { restoreText } from './restore-text.ts';
export { familiesOf, FAMILIES, type Family } from './family.ts';
