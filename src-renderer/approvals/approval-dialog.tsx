/** The dialog that asks. Deny has the focus; what is typed or clicked too early does nothing. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Approval, ApprovalId } from '#contract';
import { client, type Failure, toFailure } from '../client/index.ts';
import { approvalStore, useApproval, usePendingApprovals } from '../state/index.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorState, Skeleton } from '../ui/states.tsx';
import { AnswerBar } from './answer-bar.tsx';
import { hideApproval, showApproval } from './dialog-state.ts';
import { nextPending, stepPending } from './queue.ts';
import { RequestView } from './request-view.tsx';
import { SettledNote } from './settled-note.tsx';
import { useAnswerKeys } from './use-answer-keys.ts';

export function ApprovalDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { approval, failure } = useLoadedApproval(id);
  const pending = usePendingApprovals();
  const deny = useRef<HTMLButtonElement>(null);
  const proceed = useRef<HTMLButtonElement>(null);

  const step = (by: 1 | -1) => {
    const next = stepPending(pending, id, by);
    if (next) showApproval(next.id);
  };
  const goOn = (answered: Approval) => {
    const next = nextPending(pending, answered.id, answered.opened_at);
    if (next) showApproval(next.id);
    else onClose();
  };
  const keys = useAnswerKeys(approval ?? null, step, goOn);

  const handler = useRef(keys.onKeyDown);
  handler.current = keys.onKeyDown;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => handler.current(event);
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  const state = approval?.state;
  // A changed content has the focus where a first one has it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the id is what tells one content from the next
  useEffect(() => (state === 'pending' ? deny : proceed).current?.focus(), [id, state]);

  const next = approval ? nextPending(pending, approval.id, approval.opened_at) : null;
  return (
    <Dialog
      open
      onClose={onClose}
      size="lg"
      className="max-w-220! max-sm:max-h-dvh! max-sm:w-screen! max-sm:rounded-none!"
      initialFocus={deny}
      title={<Heading approval={approval} pending={pending} onStep={step} />}
      footer={
        approval?.state === 'pending' ? (
          <div className="w-full">
            <AnswerBar
              approval={approval}
              guard={keys.guard}
              answering={keys.answering}
              onAnswer={keys.answer}
              writing={keys.writing}
              onWriting={keys.setWriting}
              denyRef={deny}
            />
          </div>
        ) : (
          <>
            {next ? <Button onClick={onClose}>Close</Button> : null}
            <Button
              ref={proceed}
              variant="primary"
              onClick={() => (next ? showApproval(next.id) : onClose())}
            >
              {next ? 'Next request' : 'Close'}
            </Button>
          </>
        )
      }
    >
      {approval ? (
        <div className="flex flex-col gap-3">
          {approval.state === 'pending' ? null : <SettledNote approval={approval} />}
          <RequestView key={approval.id} approval={approval} onGoToSession={hideApproval} />
        </div>
      ) : failure ? (
        <ErrorState compact failure={failure} />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}

function Heading({
  approval,
  pending,
  onStep,
}: {
  approval: Approval | undefined;
  pending: readonly Approval[];
  onStep: (by: 1 | -1) => void;
}) {
  const index = pending.findIndex((one) => one.id === approval?.id);
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      {approval && approval.state !== 'pending' ? 'Request, already answered' : 'Permission request'}
      {index >= 0 && pending.length > 1 ? (
        <span className="inline-flex items-center text-base font-normal text-muted tabular-nums">
          <IconButton
            size="sm"
            label="Previous request"
            shortcut="K"
            icon={ChevronLeft}
            disabled={index === 0}
            onClick={() => onStep(-1)}
          />
          {index + 1} of {pending.length} waiting
          <IconButton
            size="sm"
            label="Next request"
            shortcut="J"
            icon={ChevronRight}
            disabled={index === pending.length - 1}
            onClick={() => onStep(1)}
          />
        </span>
      ) : null}
    </span>
  );
}

/** The request from the store; one that is not there (an old link) is read from the control plane. */
function useLoadedApproval(id: string): { approval: Approval | undefined; failure: Failure | null } {
  const approval = useApproval(id);
  const [failed, setFailed] = useState<{ id: string; failure: Failure } | null>(null);
  const missing = approval === undefined;
  useEffect(() => {
    if (!missing) return;
    client.approvals
      .get({ id: id as ApprovalId })
      .then(approvalStore.put)
      .catch((error: unknown) => setFailed({ id, failure: toFailure(error) }));
  }, [id, missing]);
  return { approval, failure: failed?.id === id ? failed.failure : null };
}
