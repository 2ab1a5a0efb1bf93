export { legacyMessageOf } from './legacy-message.ts';
export { KDS_METHODS, type KdsMethod } from './kds-methods.ts';
