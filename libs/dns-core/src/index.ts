export { generateHostnames, type GeneratedName, type Generator, type NamedObject } from './generate-hostnames.ts';
export { templateDomain } from './template-domain.ts';
export { HostnameClaims } from './hostname-claims.ts';
export { inboundTags } from './inbound-tags.ts';
export { LabelIndex } from './label-index.ts';
export { VipLedger, type AddressOwner, type LedgerOptions, type ReleasedVip, type Vip, type VipPlan } from './vip-ledger.ts';
export { allocateVip, parseVipPool, poolSize, type VipPool } from './vip-pool.ts';
export { readVirtualOutbound, renderVirtualOutbound, selectsTags, type Tags, type VirtualOutbound, type VirtualOutboundSpecLike, type VirtualPort } from './virtual-outbound.ts';
export { VirtualOutboundTable, type VirtualOutboundProblem } from './virtual-outbound-table.ts';
