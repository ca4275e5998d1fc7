/** A line of text for the session: the comfortable way to type on phones and in the web console. */
import { SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import type { Session } from '#contract';
import { client, type Failure, toFailure } from '../client/index.ts';
import { IconButton } from '../ui/button.tsx';
import { Textarea } from '../ui/field.tsx';
import { ErrorState } from '../ui/states.tsx';

/** Texts begun and not sent, by session; kept until the page closes. */
const drafts = new Map<string, string>();

export function SendBox({ session }: { session: Session }) {
  const [text, setText] = useState(() => drafts.get(session.id) ?? '');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const change = (next: string) => {
    setText(next);
    drafts.set(session.id, next);
  };
  const send = async () => {
    if (text.trim() === '' || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await client.sessions.send({ id: session.id, text });
      change('');
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <div className="flex shrink-0 flex-col gap-2 border-t border-line bg-panel p-2">
      {failure ? <ErrorState compact failure={failure} /> : null}
      <div className="flex items-end gap-2">
        <Textarea
          aria-label={`Text for ${session.name}`}
          placeholder="Text for the agent"
          title="Enter sends, Shift+Enter starts a new line"
          rows={Math.min(6, text.split('\n').length)}
          maxLength={100_000}
          value={text}
          className="max-h-40 min-h-8 flex-1 resize-none!"
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <IconButton
          label="Send"
          icon={SendHorizontal}
          disabled={busy || text.trim() === ''}
          onClick={() => void send()}
        />
      </div>
    </div>
  );
}
