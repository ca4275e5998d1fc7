import { create } from 'zustand';
import type { VerifyResult } from '#contract';
import { client } from '../../client/index.ts';
import { useStatus } from '../../state/index.ts';

/** The verification under way, and the last result this page asked for. */
interface Verification {
  startedAt: number | null;
  cancel: (() => void) | null;
  result: VerifyResult | null;
}

export const useVerification = create<Verification>(() => ({ startedAt: null, cancel: null, result: null }));

/** Checks the whole ledger. A second call while one runs does nothing. */
export async function verifyLedger(): Promise<void> {
  if (useVerification.getState().startedAt !== null) return;
  const stop = new AbortController();
  useVerification.setState({ startedAt: Date.now(), cancel: () => stop.abort() });
  try {
    const result = await client.audit.verify({}, { signal: stop.signal });
    useVerification.setState({ result });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    useVerification.setState({ startedAt: null, cancel: null });
  }
}

/** The newest result known, whoever asked for it. */
export function useLastVerification(): VerifyResult | null {
  const own = useVerification((state) => state.result);
  const reported = useStatus((state) => state.status?.ledger.last_verification ?? null);
  if (own === null || reported === null) return own ?? reported;
  return own.verified_at >= reported.verified_at ? own : reported;
}
