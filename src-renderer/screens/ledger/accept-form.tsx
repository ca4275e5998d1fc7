import { useState } from 'react';
import { client } from '../../client/index.ts';
import { Button, Field, Input, notify } from '../../ui/index.ts';
import { useVerification, verifyLedger } from './verify.ts';

/** A person looked at what was found and lets the ledger go on. Recorded with the reason. */
export function AcceptForm({ onDone }: { onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  if (!open) {
    return (
      <Button variant="quiet" onClick={() => setOpen(true)}>
        I looked at it: go on from here…
      </Button>
    );
  }
  const accept = async () => {
    setBusy(true);
    try {
      await client.audit.accept({ reason: reason.trim() });
      useVerification.setState({ result: null });
      onDone();
      notify.done('Recorded. The ledger goes on from here.');
      await verifyLedger();
    } catch (error) {
      notify.failure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex w-full flex-col gap-2 rounded-md border border-line p-3">
      <Field
        label="What happened"
        hint="The ledger keeps what is there, records your reason, and verifies again from now on. What was changed or removed stays so."
      >
        <Input value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
      </Field>
      <Button
        variant="danger"
        className="self-start"
        disabled={reason.trim() === ''}
        busy={busy}
        onClick={() => void accept()}
      >
        Accept what was found
      </Button>
    </div>
  );
}
