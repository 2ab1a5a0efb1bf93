export type { InboundRule, Origin, SubsetRule, SubsetTag } from '@weft/policy-engine';
