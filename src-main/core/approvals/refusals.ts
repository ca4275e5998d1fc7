import type { Approval } from '#contract';
import { AegisError } from '../base/errors.ts';

export function alreadySettled(approval: Approval): AegisError {
  const who = approval.decided_by === null ? '' : ` by ${approval.decided_by}`;
  return new AegisError('APPROVAL_SETTLED', `This request is already ${approval.state}${who}.`, {
    hint: 'Nothing was sent to the agent. Read the list of approvals again.',
    data: { state: approval.state, version: approval.version },
  });
}

export function changed(approval: Approval): AegisError {
  return new AegisError('APPROVAL_CHANGED', 'The request changed since it was read.', {
    hint: `Read it again and answer version ${approval.version}.`,
    data: { version: approval.version },
  });
}

export function scopeNotOffered(approval: Approval, scope: string): AegisError {
  return new AegisError('INVALID_INPUT', `The agent cannot remember this answer with scope "${scope}".`, {
    hint: `Answer with one of: ${approval.allow_scopes.join(', ')}.`,
    data: { errors: [{ pointer: '/scope', detail: `one of ${approval.allow_scopes.join(', ')}` }] },
  });
}
