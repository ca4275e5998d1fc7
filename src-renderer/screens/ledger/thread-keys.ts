import type { AuditEntry } from '#contract';
import { formatDuration } from '../../ui/time.ts';

/** What ties entries together. */
export interface ThreadKey {
  field: 'session_id' | 'approval_id' | 'request_id';
  value: string;
  title: string;
}

/** Everything the entry belongs to, the widest first. */
export function threadsOf(entry: AuditEntry): ThreadKey[] {
  const keys: [ThreadKey['field'], string][] = [
    ['session_id', 'Session'],
    ['approval_id', 'Approval'],
    ['request_id', 'Request'],
  ];
  return keys.flatMap(([field, title]) => {
    const value = entry[field];
    return value ? [{ field, value, title }] : [];
  });
}

/** Time since the first step shown: "+2.4 s". */
export function sinceStart(start: string, time: string): string {
  const ms = Date.parse(time) - Date.parse(start);
  return Number.isFinite(ms) && ms > 0 ? `+${formatDuration(ms)}` : '';
}
