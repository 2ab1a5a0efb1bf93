import { agentCommand } from './agent-cli.ts';

await agentCommand().parseAsync();
