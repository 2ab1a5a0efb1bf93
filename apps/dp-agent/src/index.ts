export { agentCommand } from './agent-cli.ts';
export { callAdmin, type AdminAddress, type AdminReply } from './envoy-admin.ts';
export { startProcessGuard, type ProcessGuard } from './process-guard.ts';
export { runAgent, type AgentControls } from './run-agent.ts';
export { readRunSettings, type RunSettings } from './run-settings.ts';
