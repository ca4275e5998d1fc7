import { CircleDashed, LoaderCircle, type LucideIcon, ShieldCheck, ShieldX } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AuditCheckpoint } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { useStatus } from '../../state/index.ts';
import {
  Button,
  cx,
  Dialog,
  ErrorState,
  exactTime,
  Fact,
  Facts,
  formatCount,
  formatDuration,
  notify,
  relativeTime,
  Skeleton,
  useNow,
} from '../../ui/index.ts';
import { AcceptForm } from './accept-form.tsx';
import { Hash, Note } from './hash.tsx';
import { readVerifierKey } from './proof-check.ts';
import { useLastVerification, useVerification, verifyLedger } from './verify.ts';

export interface SealProps {
  onShow: (seq: number) => void;
}

/** The seal: verified, not verified, broken at entry N. A press says what exactly was verified, by which key. */
export function Seal({ onShow }: SealProps) {
  const [open, setOpen] = useState(false);
  const { startedAt, cancel } = useVerification();
  const result = useLastVerification();
  const bad = result?.first_bad;
  return (
    <>
      {startedAt === null ? <SealButton onOpen={() => setOpen(true)} /> : <Running since={startedAt} />}
      {bad && startedAt === null ? <Button onClick={() => onShow(bad.seq)}>Show entry</Button> : null}
      {startedAt === null ? (
        <Button icon={ShieldCheck} onClick={() => void verifyLedger().catch(notify.failure)}>
          Verify
        </Button>
      ) : (
        <Button onClick={() => cancel?.()}>Cancel</Button>
      )}
      {open ? <SealDialog onClose={() => setOpen(false)} onShow={onShow} /> : null}
    </>
  );
}

function SealButton({ onOpen }: { onOpen: () => void }) {
  const result = useLastVerification();
  const now = useNow();
  const [icon, ink, text]: [LucideIcon, string, string] =
    result === null
      ? [CircleDashed, 'border-line-strong text-muted', 'Not verified yet']
      : result.valid
        ? [
            ShieldCheck,
            'border-allow bg-allow-soft text-allow',
            `Verified ${relativeTime(result.verified_at, now)} · ${formatCount(result.entries)} entries`,
          ]
        : [ShieldX, 'border-deny bg-deny-soft text-deny', `Broken at entry ${result.first_bad?.seq ?? '?'}`];
  const Icon = icon;
  return (
    <button
      type="button"
      title="What was verified, when, and by which key"
      aria-haspopup="dialog"
      onClick={onOpen}
      className={cx(
        'flex h-8 min-w-0 items-center gap-1.5 rounded-md border px-2.5 font-medium hover:brightness-105',
        ink,
      )}
    >
      <Icon size={15} className="shrink-0" aria-hidden="true" />
      <span className="truncate">{text}</span>
    </button>
  );
}

/** How long it has been at it, of how many entries. */
function Running({ since }: { since: number }) {
  const entries = useStatus((state) => state.status?.ledger.entries ?? null);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  const seconds = now - since > 1000 ? ` · ${formatDuration(now - since)}` : '';
  return (
    <span className="flex items-center gap-1.5 text-muted tabular-nums">
      <LoaderCircle size={14} className="animate-spin" aria-hidden="true" />
      <span role="status">Verifying{entries === null ? '' : ` ${formatCount(entries)} entries`}</span>
      <span aria-hidden="true">{seconds}</span>
    </span>
  );
}

function SealDialog({ onClose, onShow }: SealProps & { onClose: () => void }) {
  const result = useLastVerification();
  const bad = result?.first_bad;
  const show = () => {
    onClose();
    if (bad) onShow(bad.seq);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      size="lg"
      title="Seal of the ledger"
      description="Every entry is hashed into one tree; the newest root is signed and kept outside the database."
      closeOnOutsideClick
    >
      <div className="flex flex-col gap-4">
        <section aria-label="Last verification">
          <h3 className="mb-1 font-semibold">Last verification</h3>
          {result === null ? (
            <p className="text-muted">The ledger was not verified since Aegis started.</p>
          ) : (
            <Facts>
              <Fact name="Result">
                <span className={result.valid ? 'text-allow' : 'text-deny'}>
                  {result.valid
                    ? 'Nothing was changed, moved or removed'
                    : `Broken at entry ${bad?.seq ?? '?'}`}
                </span>
              </Fact>
              {bad ? <Fact name="What is wrong">{bad.problem}</Fact> : null}
              <Fact name="When">{exactTime(result.verified_at)}</Fact>
              <Fact name={bad ? 'Intact before it' : 'Entries'}>
                {formatCount(result.entries)}, in {formatDuration(result.duration_ms)}
              </Fact>
              <Fact name="Root">
                <Hash text={result.root} />
              </Fact>
            </Facts>
          )}
          {bad ? (
            <div className="mt-2 flex flex-col items-start gap-3">
              <Button onClick={show}>Show entry {bad.seq}</Button>
              <AcceptForm onDone={onClose} />
            </div>
          ) : null}
        </section>
        <CheckpointView />
      </div>
    </Dialog>
  );
}

/** What the control plane signs now, and the public key to hand to whoever verifies. */
function CheckpointView() {
  const [checkpoint, setCheckpoint] = useState<AuditCheckpoint | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    let wanted = true;
    client.audit.checkpoint({}).then(
      (read) => wanted && setCheckpoint(read),
      (error) => wanted && setFailure(toFailure(error)),
    );
    return () => {
      wanted = false;
    };
  }, []);
  const key = checkpoint?.key ?? null;
  return (
    <section aria-label="Signed checkpoint">
      <h3 className="mb-1 font-semibold">Signed checkpoint, now</h3>
      {failure ? <ErrorState failure={failure} compact /> : null}
      {!checkpoint && !failure ? <Skeleton rows={3} /> : null}
      {checkpoint ? (
        <>
          <Facts>
            <Fact name="Entries">{formatCount(checkpoint.size)}</Fact>
            <Fact name="Root">
              <Hash text={checkpoint.root} />
            </Fact>
            <Fact name="Key id">
              {key === null ? 'There is no key just now' : (readVerifierKey(key)?.id ?? '?')}
            </Fact>
            {key === null ? null : (
              <Fact name="Public key">
                <Hash text={key} />
              </Fact>
            )}
          </Facts>
          {checkpoint.note === null ? null : <Note text={checkpoint.note} />}
        </>
      ) : null}
    </section>
  );
}
