export { demoCommand } from './demo-cli.ts';
