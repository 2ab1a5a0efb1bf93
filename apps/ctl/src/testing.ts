export { commandExchanges, comparableOutput, DIFFERENT_OUTPUT, recordedCommands, type CommandExchange, type RecordedCommand } from './testing/recorded-commands.ts';
