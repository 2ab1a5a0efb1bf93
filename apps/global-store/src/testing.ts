export { normalised, readExchanges, replay, type RecordedAnswer, type RecordedExchange, type ReplayedAnswer } from './testing/recorded-exchange.ts';
