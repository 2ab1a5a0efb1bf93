export { generateHostnames, type GeneratedName, type Generator, type NamedObject } from './generate-hostnames.ts';
export { planVips, serviceHostname, type Vip, type VipPlan, type VipState } from './plan-vips.ts';
export { allocateVip, parseVipPool, type VipPool } from './vip-pool.ts';
