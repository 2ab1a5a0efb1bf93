export { ASSIGNMENT_TYPES, AssignmentIndex } from './assignment-index.ts';
export { assignmentJson, encodeAssignment, type Assignment } from './assignment.ts';
export type { AssignmentSnapshot } from './audience.ts';
