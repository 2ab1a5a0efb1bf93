export { agentCommand } from './agent-cli.ts';
export { runAgent, type AgentControls } from './run-agent.ts';
export { readRunSettings, type RunSettings } from './run-settings.ts';
