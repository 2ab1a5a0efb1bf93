export { silentLogger } from './silent-logger.ts';
