export { startTestResolver, type TestResolver } from './testing/test-resolver.ts';
export { askTcp, askUdp } from './testing/ask.ts';
