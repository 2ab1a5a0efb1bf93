export { normalised, readExchanges, replay, type RecordedAnswer, type RecordedExchange, type ReplayedAnswer } from './testing/recorded-exchange.ts';
export { startForTest, TEST_CONFIG, type CallOptions, type TestAnswer, type TestStore } from './testing/start-for-test.ts';
