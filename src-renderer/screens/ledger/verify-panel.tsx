import { CircleDashed, ShieldCheck, ShieldX } from 'lucide-react';
import { useStatus } from '../../state/index.ts';
import { Badge, Button, formatCount, formatDuration, notify, relativeTime, useNow } from '../../ui/index.ts';
import { useLastVerification, useVerification, verifyLedger } from './verify.ts';

/** The seal: verified, not verified, broken at entry N. */
export function VerifyPanel({ onShow }: { onShow: (seq: number) => void }) {
  const result = useLastVerification();
  const { startedAt, cancel } = useVerification();
  const entries = useStatus((state) => state.status?.ledger.entries ?? null);
  const now = useNow();
  if (startedAt !== null) {
    return (
      <>
        <span role="status" className="text-muted">
          Verifying{entries === null ? '' : ` ${formatCount(entries)} entries`}…
        </span>
        <Button onClick={() => cancel?.()}>Cancel</Button>
      </>
    );
  }
  const bad = result?.first_bad;
  return (
    <>
      {result === null ? (
        <Badge icon={CircleDashed}>Not verified yet</Badge>
      ) : result.valid ? (
        <Badge
          tone="allow"
          icon={ShieldCheck}
          title={`${formatCount(result.entries)} entries in ${formatDuration(result.duration_ms)}, root ${result.root}`}
        >
          Verified {relativeTime(result.verified_at, now)} · {formatCount(result.entries)} entries
        </Badge>
      ) : (
        <>
          <Badge tone="deny" icon={ShieldX} title={bad?.problem}>
            Broken at entry {bad?.seq ?? '?'}
          </Badge>
          {bad ? (
            <Button size="sm" onClick={() => onShow(bad.seq)}>
              Show entry
            </Button>
          ) : null}
        </>
      )}
      <Button icon={ShieldCheck} onClick={() => void verifyLedger().catch(notify.failure)}>
        Verify
      </Button>
    </>
  );
}
