/** The ledger entries of one session as a thread: what each step was, in words. Pure. */
import { AUDIT_ACTIONS, type AuditEntry } from '#contract';

export type StepKind = 'session' | 'prompt' | 'tool' | 'approval' | 'request' | 'other';

export interface ThreadStep {
  entry: AuditEntry;
  kind: StepKind;
  title: string;
  /** What it was about: a tool, a request line; may be agent text. */
  detail: string | null;
}

/** Adds entries to a thread in the order of the ledger, each once. */
export function mergeEntries(known: readonly AuditEntry[], more: readonly AuditEntry[]): AuditEntry[] {
  const bySeq = new Map(known.map((entry) => [entry.seq, entry]));
  for (const entry of more) bySeq.set(entry.seq, entry);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

export function threadSteps(entries: readonly AuditEntry[]): ThreadStep[] {
  return entries.map((entry) => ({
    entry,
    kind: kindOf(entry),
    title: titleOf(entry),
    detail: detailOf(entry),
  }));
}

function kindOf({ action }: AuditEntry): StepKind {
  if (action === 'session.prompt' || action === 'session.input') return 'prompt';
  if (action.startsWith('session.')) return 'session';
  if (action.startsWith('tool.')) return 'tool';
  if (action.startsWith('approval.')) return 'approval';
  return action.startsWith('gate.') ? 'request' : 'other';
}

function titleOf(entry: AuditEntry): string {
  switch (entry.action) {
    case 'session.started':
      return 'Session started';
    case 'session.ended':
      return 'Session ended';
    case 'session.prompt':
      return 'Took a prompt';
    case 'session.input':
      return `${entry.actor} typed through the API`;
    case 'tool.called':
      return 'Called a tool';
    case 'tool.finished':
      return 'Tool finished';
    case 'approval.requested':
      return 'Asked for permission';
    case 'approval.decided':
      return entry.outcome === 'denied' ? `Denied by ${entry.actor}` : `Allowed by ${entry.actor}`;
    case 'approval.superseded':
      return 'Answered elsewhere';
    case 'approval.expired':
      return 'Request expired';
    case 'gate.request':
      return entry.outcome === 'denied' ? 'Request refused by the Gate' : 'Request through the Gate';
    case 'gate.completed':
      return 'Request completed';
    default: {
      const words: string = AUDIT_ACTIONS[entry.action] ?? entry.action;
      return words.charAt(0).toUpperCase() + words.slice(1);
    }
  }
}

function detailOf(entry: AuditEntry): string | null {
  const parts = [entry.target, entry.outcome === 'denied' || entry.outcome === 'error' ? entry.reason : null];
  const status = entry.details.status;
  if (entry.action === 'gate.completed' && (typeof status === 'number' || typeof status === 'string'))
    parts.push(`status ${status}`);
  const text = parts.filter((part): part is string => part !== null && part !== '').join(' · ');
  return text === '' ? null : text;
}
