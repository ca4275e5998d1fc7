import { Filter, ShieldCheck } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { AUDIT_ACTIONS, type AuditEntry, type AuditId } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { navigate } from '../../frame/route.ts';
import {
  Button,
  CodeText,
  CopyButton,
  ErrorState,
  exactTime,
  Fact,
  Facts,
  formatBytes,
  formatCount,
  formatDuration,
  Inspector,
  Skeleton,
  StateBadge,
  visibleString,
} from '../../ui/index.ts';
import { type FilterToken, keyNamed } from './filter.ts';
import { Thread } from './thread.tsx';

export interface EntryInspectorProps {
  entry: AuditEntry | null;
  failure: Failure | null;
  onClose: () => void;
  onSelect: (entry: AuditEntry) => void;
  onFilter: (token: FilterToken) => void;
  onProve: () => void;
}

/** One entry with all its fields, and the thread it belongs to. */
export function EntryInspector({ entry, failure, ...on }: EntryInspectorProps) {
  return (
    <Inspector
      title={entry ? `Entry ${formatCount(entry.seq)}` : 'Entry'}
      onClose={on.onClose}
      actions={
        entry ? (
          <>
            <Button size="sm" icon={ShieldCheck} onClick={on.onProve}>
              Prove this entry
            </Button>
            <CopyButton label="Copy as JSON" text={() => JSON.stringify(entry, null, 2)} />
          </>
        ) : null
      }
    >
      {failure ? <ErrorState failure={failure} compact /> : null}
      {!entry && !failure ? <Skeleton rows={8} /> : null}
      {entry ? (
        <div className="flex flex-col gap-4">
          <div className="flex flex-col items-start gap-1">
            <StateBadge kind="outcome" state={entry.outcome} />
            <p className="text-lg font-semibold">{headline(entry)}</p>
            {entry.reason ? <p className="text-muted wrap-anywhere">{visibleString(entry.reason)}</p> : null}
          </div>
          <Places entry={entry} />
          <Thread entry={entry} onSelect={on.onSelect} />
          <EntryFacts entry={entry} onFilter={on.onFilter} />
        </div>
      ) : null}
    </Inspector>
  );
}

/** An entry by its id: the one known, or else read. */
export function useEntry(
  id: string | null,
  known: AuditEntry | null,
): { entry: AuditEntry | null; failure: Failure | null } {
  const [read, setRead] = useState<{ id: string; entry?: AuditEntry; failure?: Failure } | null>(null);
  const missing = id !== null && known?.id !== id;
  useEffect(() => {
    if (!missing || id === null) return;
    let mine = true;
    client.audit.get({ id: id as AuditId }).then(
      (entry) => mine && setRead({ id, entry }),
      (error) => mine && setRead({ id, failure: toFailure(error) }),
    );
    return () => {
      mine = false;
    };
  }, [id, missing]);
  if (id === null) return { entry: null, failure: null };
  if (!missing) return { entry: known, failure: null };
  const own = read?.id === id ? read : null;
  return { entry: own?.entry ?? null, failure: own?.failure ?? null };
}

function headline(entry: AuditEntry): string {
  const words: string = AUDIT_ACTIONS[entry.action] ?? entry.action;
  return capitalised(words);
}

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const LABELS: Record<string, string> = {
  seq: 'Entry',
  on_behalf_of: 'On behalf of',
  session_id: 'Session',
  request_id: 'Request',
  approval_id: 'Approval',
  trace_id: 'Trace',
  source_process: 'Process',
  bytes_in: 'Bytes in',
  bytes_out: 'Bytes out',
  duration_ms: 'Took',
  prev_hash: 'Previous hash',
  hash: 'Hash',
  id: 'Id',
};
const FIRST = ['time', 'action', 'actor', 'on_behalf_of', 'agent', 'session_id', 'service', 'target', 'code'];
const LAST = ['details', 'seq', 'id', 'prev_hash', 'hash'];
/** Told above already. */
const ELSEWHERE = new Set(['outcome', 'reason']);

/** Every field that says something, the identifying ones first and the hashes last. */
function EntryFacts({ entry, onFilter }: { entry: AuditEntry; onFilter: (token: FilterToken) => void }) {
  const fields = Object.keys(entry).filter(
    (key) => !FIRST.includes(key) && !LAST.includes(key) && !ELSEWHERE.has(key),
  );
  return (
    <Facts>
      {[...FIRST, ...fields, ...LAST].map((key) => {
        const value = (entry as Record<string, unknown>)[key];
        if (value === null || value === undefined || value === '') return null;
        if (key === 'details') return <Details key={key} details={entry.details} />;
        return (
          <Fact key={key} name={LABELS[key] ?? capitalised(key)}>
            <FactValue field={key} value={value} onFilter={onFilter} />
          </Fact>
        );
      })}
    </Facts>
  );
}

function FactValue({
  field,
  value,
  onFilter,
}: {
  field: string;
  value: unknown;
  onFilter: (token: FilterToken) => void;
}): ReactNode {
  if (field === 'time' && typeof value === 'string')
    return <Copyable text={value}>{exactTime(value)}</Copyable>;
  if (field === 'duration_ms' && typeof value === 'number') return formatDuration(value);
  if (field.startsWith('bytes_') && typeof value === 'number') return formatBytes(value);
  if (field.endsWith('hash') || field === 'id') {
    return (
      <Copyable text={String(value)}>
        <code className="text-xs">{String(value)}</code>
      </Copyable>
    );
  }
  const key = keyNamed(field);
  const text = String(value);
  if (key === undefined || typeof value !== 'string') return <CodeText inline text={text} />;
  return (
    <span className="flex items-start gap-1">
      <CodeText inline text={text} className="min-w-0" />
      <button
        type="button"
        aria-label={`Filter by this ${LABELS[field] ?? field}`}
        title={`Filter by this ${LABELS[field] ?? field}`}
        className="flex size-5 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-accent"
        onClick={() => onFilter({ key, value })}
      >
        <Filter size={12} aria-hidden="true" />
      </button>
    </span>
  );
}

function Copyable({ text, children }: { text: string; children: ReactNode }) {
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 wrap-anywhere">{children}</span>
      <CopyButton text={text} className="-my-0.5" />
    </span>
  );
}

function Details({ details }: { details: AuditEntry['details'] }) {
  return Object.entries(details).map(([name, value]) => (
    <Fact key={name} name={capitalised(visibleString(name.replaceAll('_', ' ')))}>
      <CodeText inline text={String(value)} />
    </Fact>
  ));
}

/** Where the thing itself is, beside what was written about it. */
function Places({ entry }: { entry: AuditEntry }) {
  const { session_id, approval_id } = entry;
  if (!session_id && !approval_id) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {session_id ? (
        <Button size="sm" onClick={() => navigate({ screen: 'sessions', id: session_id })}>
          Open the session
        </Button>
      ) : null}
      {approval_id ? (
        <Button size="sm" onClick={() => navigate({ screen: 'approvals', id: approval_id })}>
          Open the request
        </Button>
      ) : null}
    </div>
  );
}
