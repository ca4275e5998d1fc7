import { useEffect, useRef, useState } from 'react';
import { usePendingApprovals } from '../state/index.ts';
import { visibleString } from '../ui/index.ts';

/** Tells screen readers about new approvals, and everybody by the window's title. */
export function Announcer() {
  const pending = usePendingApprovals();
  const known = useRef(new Set<string>());
  const [text, setText] = useState('');
  useEffect(() => {
    const fresh = pending.filter((approval) => !known.current.has(approval.id));
    known.current = new Set(pending.map((approval) => approval.id));
    const [first] = fresh;
    if (fresh.length === 1 && first) {
      setText(visibleString(`${first.session_name} asks for permission: ${first.summary}`));
    } else if (fresh.length > 1) setText(`${fresh.length} new requests for permission`);
    document.title = pending.length > 0 ? `(${pending.length}) Aegis` : 'Aegis';
  }, [pending]);
  return (
    <div aria-live="assertive" className="sr-only">
      {text}
    </div>
  );
}
