import { demoCommand } from './demo-cli.ts';

await demoCommand().parseAsync();
