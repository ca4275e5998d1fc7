import { useRef, useState } from 'react';
import { Name } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { navigate } from '../../frame/route.ts';
import { agentStore } from '../../state/index.ts';
import { Button, Dialog, ErrorState, Field, Input } from '../../ui/index.ts';
import { TokenDialog } from './token-dialog.tsx';

/** A name, then the token: once. */
export function CreateAgentDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  return (
    <>
      {open ? <AskName onClose={onClose} onMade={setMade} /> : null}
      <TokenDialog name={made?.name ?? ''} token={made?.token ?? null} onClose={() => setMade(null)} />
    </>
  );
}

function AskName({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: { name: string; token: string }) => void;
}) {
  const [name, setName] = useState('');
  const [touched, setTouched] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const wrong = Name.safeParse(name.trim()).error?.issues[0]?.message;
  const create = async () => {
    setTouched(true);
    if (wrong !== undefined) return input.current?.focus();
    setBusy(true);
    setFailure(null);
    try {
      const { token, ...agent } = await client.agents.create({ name: name.trim() });
      agentStore.put(agent);
      onClose();
      navigate({ screen: 'agents', id: agent.id });
      onMade({ name: agent.name, token });
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      size="sm"
      title="Create an agent identity"
      description="For a program that runs outside Aegis. It gets a token for the Gate, and the grants you give it."
      initialFocus={input}
      onSubmit={() => void create()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Create agent
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {failure ? <ErrorState failure={failure} compact /> : null}
        <Field label="Name" error={touched && wrong ? `It ${wrong}.` : null} hint="Such as release-bot.">
          <Input
            ref={input}
            mono
            value={name}
            onChange={(event) => {
              setName(event.target.value);
              setTouched(event.target.value !== '');
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}
