/** Approvals: questions put to a person, each stored before it is shown and answered exactly once. */
export { type ApprovalRequest, Approvals, type ApprovalsOptions, type LedgerPort } from './approvals.ts';
export { describeCall } from './risk/index.ts';
export { approvalsSchema } from './schema.ts';
