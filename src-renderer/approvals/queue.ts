/** The order of the inbox, its filter, and where a person is in the queue. */
import type { Approval } from '#contract';

export interface Inbox {
  pending: Approval[];
  history: Approval[];
}

/** Every word must occur somewhere in what a person can see of the request. */
export function matchesSearch(approval: Approval, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [
    approval.summary,
    approval.tool,
    approval.session_name,
    approval.agent,
    approval.work_dir,
    approval.state,
    approval.risk.level,
    approval.message ?? '',
    JSON.stringify(approval.input).slice(0, 4000),
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

const byOpening = (a: Approval, b: Approval) =>
  a.opened_at.localeCompare(b.opened_at) || a.id.localeCompare(b.id);
const settledAt = (approval: Approval) => approval.decided_at ?? approval.opened_at;

/** Pending ones oldest first, because the agent behind the oldest has waited longest; settled ones newest first. */
export function sortInbox(approvals: Iterable<Approval>): Inbox {
  const pending: Approval[] = [];
  const history: Approval[] = [];
  for (const approval of approvals) (approval.state === 'pending' ? pending : history).push(approval);
  return {
    pending: pending.sort(byOpening),
    history: history.sort((a, b) => settledAt(b).localeCompare(settledAt(a)) || b.id.localeCompare(a.id)),
  };
}

/**
 * The pending request to show after `id` is done with: the next one in the queue, else the first.
 * Null when nothing else waits.
 */
export function nextPending(pending: readonly Approval[], id: string, openedAt: string): Approval | null {
  const others = pending.filter((approval) => approval.id !== id);
  return others.find((approval) => approval.opened_at >= openedAt) ?? others[0] ?? null;
}

/** Moves by `step` within the pending ones and stops at the ends. */
export function stepPending(pending: readonly Approval[], id: string, step: 1 | -1): Approval | null {
  const index = pending.findIndex((approval) => approval.id === id);
  if (index === -1) return pending[0] ?? null;
  return pending[index + step] ?? null;
}

/** The telling part of an input in one line for lists: the command, the path, the address. */
export function inputPreview(approval: Approval): string {
  const { input } = approval;
  const fields = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
  for (const name of ['command', 'file_path', 'notebook_path', 'path', 'url', 'pattern']) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value.slice(0, 300);
  }
  return `${approval.tool} ${JSON.stringify(input).slice(0, 300)}`;
}

const VIA: Record<NonNullable<Approval['decided_via']>, string> = {
  app: 'in the app',
  notification: 'from the notification',
  console: 'in the web console',
  api: 'through the API',
  cli: 'on the command line',
  terminal: 'in the terminal',
  system: 'by Aegis',
};

/** What became of a request, in one sentence. */
export function settledSentence(approval: Approval): string {
  const where = approval.decided_via ? ` ${VIA[approval.decided_via]}` : '';
  const who = approval.decided_by && approval.decided_via !== 'terminal' ? ` by ${approval.decided_by}` : '';
  switch (approval.state) {
    case 'pending':
      return 'Waiting for an answer.';
    case 'allowed':
      return `Allowed${approval.decided_scope === 'session' ? ' for this session' : ' once'}${who}${where}.`;
    case 'denied':
      return `Denied${who}${where}.`;
    case 'superseded':
      return approval.outcome ?? 'Answered in the terminal.';
    case 'expired':
      return approval.outcome ?? 'Expired: nobody could be answered any more.';
  }
}
