export { createConfigEngine, type ConfigEngineOptions } from './create-config-engine.ts';
export type { ConfigEngine, EngineCounters, EngineKnowledge, HeldByEngine, ProxyConfig, ProxyUpdate } from './config-engine.ts';
export type { EndpointsGenerator, Generator, GroupGenerator, ProxyGenerator, Unit } from './generator.ts';
export { GENERATORS } from './plugins.ts';
