export type { AppPorts, Logger, RunningApp } from './app.ts';
