import { WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { connection } from '../client/index.ts';
import { Button } from '../ui/index.ts';

/** Blinks of the connection shorter than this are not worth a word, in milliseconds. */
const PATIENCE_MS = 600;

/** Says calmly that what is shown may be old. */
export function ConnectionBanner() {
  const lost = useStore(connection.status, ({ state }) => state === 'reconnecting');
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!shown) return null;
  return (
    <div
      role="status"
      className="flex shrink-0 items-center gap-2 border-b border-line bg-ask-soft px-4 py-1 text-ask"
    >
      <WifiOff size={14} className="shrink-0" aria-hidden="true" />
      <span className="min-w-0 flex-1">
        Reconnecting to Aegis. What you see may be old; your agents keep running.
      </span>
      <Button size="sm" onClick={() => connection.start()}>
        Try now
      </Button>
    </div>
  );
}
