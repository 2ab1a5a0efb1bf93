export type { ConfigEngine, EngineCounters, ProxyConfig, ProxyUpdate } from './config-engine.ts';
