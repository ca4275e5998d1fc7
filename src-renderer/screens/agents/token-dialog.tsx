import { useRef } from 'react';
import { useStatus } from '../../state/index.ts';
import { Button, CopyButton, Dialog, visibleString } from '../../ui/index.ts';

/** Shows a new token, once. It is in the page only while this is open. */
export function TokenDialog(props: { name: string; token: string | null; onClose: () => void }) {
  return props.token === null ? null : (
    <Shown name={props.name} token={props.token} onClose={props.onClose} />
  );
}

function Shown({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  const gate = useStatus((state) => state.status?.gate.url ?? null) ?? 'http://127.0.0.1:3100';
  const done = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Token of ${visibleString(name)}`}
      description="It is shown only now. Aegis keeps a fingerprint, not the token."
      initialFocus={done}
      footer={
        <>
          <CopyButton labelled label="Copy token" text={token} />
          <Button ref={done} variant="primary" onClick={onClose}>
            I have stored it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <code
          data-token=""
          className="block rounded-md border border-line bg-sunken px-3 py-2 text-sm wrap-anywhere select-all"
        >
          {token}
        </code>
        <div className="text-muted">
          <p>Send it where the service's key would go, to the Gate instead of the service:</p>
          <pre className="mt-2 overflow-x-auto rounded-md border border-line bg-sunken px-3 py-2 text-sm text-fg">
            {`curl ${gate}/<service>/<path> \\\n  -H "X-Aegis-Agent: $TOKEN"`}
          </pre>
        </div>
      </div>
    </Dialog>
  );
}
