import { CircleCheck, CircleHelp, CircleX, type LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AuditEntry, AuditProof } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { CopyButton, cx, Dialog, ErrorState, Fact, Facts, formatCount, Skeleton } from '../../ui/index.ts';
import { Hash, Note } from './hash.tsx';
import { type CheckState, checkProof, type ProofCheck } from './proof-check.ts';

const TITLES: Record<ProofCheck['name'], string> = {
  entry: 'The entry is as it was written',
  tree: 'The entry is in the ledger',
  signature: 'The ledger is the signed one',
};
const LOOKS: Record<CheckState, { icon: LucideIcon; ink: string; word: string }> = {
  ok: { icon: CircleCheck, ink: 'text-allow', word: 'Checked' },
  failed: { icon: CircleX, ink: 'text-deny', word: 'Failed' },
  unknown: { icon: CircleHelp, ink: 'text-ask', word: 'Not checked' },
};

/** That the entry is in the signed ledger: calculated here, from what the control plane hands out. */
export function ProofDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const [state, setState] = useState<{ proof: AuditProof; checks: ProofCheck[] } | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks to try again
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const proof = await client.audit.proof({ id: entry.id });
      // What is checked is the entry as this page shows it, not the copy that comes with the proof.
      const checks = await checkProof({ ...proof, entry });
      if (wanted) setState({ proof, checks });
    };
    setFailure(null);
    read().catch((error) => wanted && setFailure(toFailure(error)));
    return () => {
      wanted = false;
    };
  }, [entry, attempt]);
  return (
    <Dialog
      open
      onClose={onClose}
      size="lg"
      title={`Proof of entry ${formatCount(entry.seq)}`}
      description="Calculated in this page with the public key alone (RFC 9162)."
      closeOnOutsideClick
      footer={
        state ? (
          <CopyButton labelled label="Copy proof as JSON" text={() => JSON.stringify(state.proof, null, 2)} />
        ) : null
      }
    >
      {failure ? (
        <ErrorState failure={failure} onRetry={() => setAttempt((n) => n + 1)} compact />
      ) : state ? (
        <ProofView {...state} />
      ) : (
        <Skeleton rows={6} />
      )}
    </Dialog>
  );
}

function ProofView({ proof, checks }: { proof: AuditProof; checks: ProofCheck[] }) {
  return (
    <div className="flex flex-col gap-4">
      <ul className="m-0 flex list-none flex-col gap-2 p-0">
        {checks.map((check) => {
          const { icon: Icon, ink, word } = LOOKS[check.state];
          return (
            <li key={check.name} className="flex gap-2">
              <Icon size={16} aria-hidden="true" className={cx('mt-0.5 shrink-0', ink)} />
              <div className="min-w-0">
                <p className="font-medium">
                  {TITLES[check.name]} <span className={cx('text-sm font-normal', ink)}>{word}</span>
                </p>
                <p className="text-muted">{check.detail}</p>
              </div>
            </li>
          );
        })}
      </ul>
      <Facts>
        <Fact name="Leaf">{`${formatCount(proof.index)} of ${formatCount(proof.size)}`}</Fact>
        <Fact name="Leaf hash">
          <Hash text={proof.entry.hash} />
        </Fact>
        <Fact name="Root">
          <Hash text={proof.root} />
        </Fact>
        <Fact name="Key">{proof.key === null ? 'There is no key just now' : <Hash text={proof.key} />}</Fact>
      </Facts>
      <section aria-label="Path">
        <h3 className="mb-1 font-semibold">Path from the leaf to the root</h3>
        <ol className="m-0 list-decimal rounded-md border border-line bg-sunken py-2 pr-3 pl-10 font-mono text-xs">
          {proof.proof.map((hash) => (
            <li key={hash} className="wrap-anywhere">
              {hash}
            </li>
          ))}
        </ol>
      </section>
      {proof.note ? (
        <section aria-label="Checkpoint">
          <h3 className="mb-1 font-semibold">Signed checkpoint</h3>
          <Note text={proof.note} />
        </section>
      ) : null}
    </div>
  );
}
