import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { connection } from '../client/index.ts';
import { Mark } from '../frame/mark.tsx';
import { ErrorState } from '../ui/index.ts';

/** Before the first connection. Says something only when it takes longer than a moment. */
export function Connecting() {
  const status = useStore(connection.status);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 500);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="flex h-full flex-col items-center justify-center gap-3 p-6">
      {slow ? (
        <>
          <Mark size={40} />
          <p role="status" className="text-muted">
            {status.failure ? 'Aegis does not answer yet. Trying again…' : 'Connecting to Aegis…'}
          </p>
          {status.failure ? (
            <div className="max-w-120">
              <ErrorState failure={status.failure} onRetry={() => connection.start()} compact />
            </div>
          ) : null}
        </>
      ) : null}
    </main>
  );
}
