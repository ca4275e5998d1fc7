import type { Approval, SessionId } from '#contract';
import { AegisError } from '../base/errors.ts';
import { actorOf, type Services } from './context.ts';
import type { Os } from './index.ts';

export function approvalsRoutes(os: Os, { approvals, sessions }: Services) {
  /** The shorthand acts only when it is beyond doubt which request is meant. */
  const onlyPending = (id: SessionId): Approval => {
    sessions.get(id);
    const pending = approvals.pendingFor(id);
    const [first] = pending;
    if (first !== undefined && pending.length === 1) return first;
    throw new AegisError(
      'APPROVAL_AMBIGUOUS',
      `The session has ${pending.length} pending requests, not exactly one.`,
      {
        hint: 'Answer by id: POST /v1/approvals/{id}/decide.',
        data: { pending: pending.map((approval) => approval.id) },
      },
    );
  };
  return {
    list: os.approvals.list.handler(({ input }) => approvals.list(input)),
    get: os.approvals.get.handler(({ input }) => approvals.get(input.id)),
    decide: os.approvals.decide.handler(({ input, context }) => approvals.decide(input, actorOf(context))),
    approveSession: os.approvals.approveSession.handler(({ input, context }) => {
      const { id, version } = onlyPending(input.id);
      return approvals.decide({ id, version, decision: 'allow', scope: 'once' }, actorOf(context));
    }),
    rejectSession: os.approvals.rejectSession.handler(({ input, context }) => {
      const { id, version } = onlyPending(input.id);
      const message = input.message === undefined ? {} : { message: input.message };
      return approvals.decide({ id, version, decision: 'deny', ...message }, actorOf(context));
    }),
  };
}
