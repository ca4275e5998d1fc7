/** Sending an answer, drafts of denials, and what was answered before. */
import { useRef, useState } from 'react';
import type { Approval, DecideInput } from '#contract';
import { client, type Failure, toFailure } from '../client/index.ts';
import { approvalStore } from '../state/index.ts';

export type Answer = { decision: 'allow'; scope: 'once' | 'session' } | { decision: 'deny'; message: string };

/** Denials somebody began to write, by approval; they survive closing the dialog, not the page. */
const drafts = new Map<string, string>();
export const denialDraft = {
  read: (id: string): string => drafts.get(id) ?? '',
  write: (id: string, text: string): void => {
    if (text === '') drafts.delete(id);
    else drafts.set(id, text);
  },
};

export function toDecision(approval: Approval, answer: Answer): DecideInput {
  // The version that was read: what changed meanwhile must be read again first.
  const base = { id: approval.id, version: approval.version };
  if (answer.decision === 'allow') return { ...base, decision: 'allow', scope: answer.scope };
  const message = answer.message.trim();
  return { ...base, decision: 'deny', ...(message === '' ? {} : { message }) };
}

export interface Answering {
  busy: boolean;
  failure: Failure | null;
  /** Resolves with true when this answer was the one that counted. */
  send: (approval: Approval, answer: Answer) => Promise<boolean>;
}

export function useAnswering(): Answering {
  const [busy, setBusy] = useState(false);
  // Two presses within one frame must not send twice.
  const sending = useRef(false);
  const [failed, setFailed] = useState<{ id: string; failure: Failure } | null>(null);
  const send = async (approval: Approval, answer: Answer): Promise<boolean> => {
    if (sending.current) return false;
    sending.current = true;
    setBusy(true);
    setFailed(null);
    try {
      approvalStore.put(await client.approvals.decide(toDecision(approval, answer)));
      denialDraft.write(approval.id, '');
      return true;
    } catch (error) {
      const failure = toFailure(error);
      // Somebody was faster: the record says what happened, and that is all there is to say.
      if (failure.code !== 'APPROVAL_SETTLED') setFailed({ id: approval.id, failure });
      await refresh(approval);
      return false;
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };
  return { busy, failure: failed?.failure ?? null, send };
}

/** Reads one approval anew; the live feed brings it as well, this only makes it certain. */
async function refresh(approval: Approval): Promise<void> {
  try {
    approvalStore.put(await client.approvals.get({ id: approval.id }));
  } catch {
    // The connection is down: the failure shown says so already.
  }
}

/** Inputs longer than this are not compared. */
const COMPARABLE = 20_000;

/** How often exactly this was asked and answered before in the same session. */
export function answeredBefore(
  approval: Approval,
  all: Iterable<Approval>,
): { allowed: number; denied: number } {
  const before = { allowed: 0, denied: 0 };
  const key = JSON.stringify(approval.input);
  if (key.length > COMPARABLE) return before;
  for (const other of all) {
    if (other.id === approval.id || other.session_id !== approval.session_id || other.tool !== approval.tool)
      continue;
    if (other.state !== 'allowed' && other.state !== 'denied') continue;
    if (JSON.stringify(other.input) === key) before[other.state]++;
  }
  return before;
}

/** "4 min 10 s" left, or null when there is no limit or it has passed. */
export function timeLeft(expiresAt: string | null, now: number): string | null {
  if (expiresAt === null) return null;
  const left = Date.parse(expiresAt) - now;
  if (!(left > 0)) return null;
  const seconds = Math.ceil(left / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
