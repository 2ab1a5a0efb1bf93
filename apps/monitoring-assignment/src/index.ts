export { startMonitoringAssignment, type MonitoringAssignmentConfig } from './start-monitoring-assignment.ts';
