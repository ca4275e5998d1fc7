import { useRef, useState } from 'react';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { DEFAULT_VAULT, useVault, vaultStore } from '../../state/index.ts';
import { Button, Dialog, ErrorState, Field, Input, notify } from '../../ui/index.ts';

const SHORTEST = 10;

/** Gives the vault a passphrase: its first key where no keychain answers, a second way in otherwise. */
export function PassphraseDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return open ? <SetPassphrase onClose={onClose} /> : null;
}

function SetPassphrase({ onClose }: { onClose: () => void }) {
  const vault = useVault();
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<{ first?: string; second?: string }>({});
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const check = (all: boolean) => {
    const passphrase = first.current?.value ?? '';
    const again = second.current?.value ?? '';
    const next = {
      ...(passphrase.length < SHORTEST && (all || passphrase !== '')
        ? { first: `Use at least ${SHORTEST} characters. A few unrelated words are good.` }
        : {}),
      ...(again !== passphrase && (all || again !== '') ? { second: 'The two are not the same.' } : {}),
    };
    setError(next);
    return Object.keys(next).length === 0;
  };
  const save = async () => {
    if (!check(true)) return;
    setBusy(true);
    setFailure(null);
    try {
      const passphrase = first.current?.value ?? '';
      vaultStore.put(await client.vault.setUp({ vault: DEFAULT_VAULT, passphrase }));
      onClose();
      notify.done('The vault has a passphrase. Keep it safe: it cannot be recovered.');
    } catch (caught) {
      setFailure(toFailure(caught));
    } finally {
      setBusy(false);
    }
  };
  const fresh = vault?.state === 'not_set_up';
  return (
    <Dialog
      open
      onClose={onClose}
      size="sm"
      title={fresh ? 'Set up the vault' : 'Set a vault passphrase'}
      description={
        fresh
          ? 'No keychain answers on this machine, so a passphrase guards the key of the vault.'
          : 'The vault can then be opened with it as well.'
      }
      initialFocus={first}
      onSubmit={() => void save()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {busy ? 'Setting passphrase…' : 'Set passphrase'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {failure ? <ErrorState failure={failure} compact /> : null}
        <Field label="Passphrase" error={error.first}>
          <Input ref={first} type="password" autoComplete="new-password" onInput={() => check(false)} />
        </Field>
        <Field
          label="Once more"
          error={error.second}
          hint="Nobody can recover it: without it the stored keys are lost."
        >
          <Input ref={second} type="password" autoComplete="new-password" onInput={() => check(false)} />
        </Field>
      </div>
    </Dialog>
  );
}

/** Opens a locked vault with its passphrase. */
export function UnlockDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return open ? <Unlock onClose={onClose} /> : null;
}

function Unlock({ onClose }: { onClose: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const unlock = async () => {
    const passphrase = input.current?.value ?? '';
    if (passphrase === '') return input.current?.focus();
    setBusy(true);
    setFailure(null);
    try {
      vaultStore.put(await client.vault.unlock({ vault: DEFAULT_VAULT, passphrase }));
      onClose();
      notify.done('Vault unlocked');
    } catch (caught) {
      setFailure(toFailure(caught));
    } finally {
      setBusy(false);
      if (input.current) {
        input.current.value = '';
        input.current.focus();
      }
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      size="sm"
      title="Unlock vault"
      description="While it is locked, the Gate refuses every request that needs a credential."
      initialFocus={input}
      onSubmit={() => void unlock()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {busy ? 'Unlocking…' : 'Unlock vault'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {failure ? <ErrorState failure={failure} compact /> : null}
        <Field label="Passphrase">
          <Input ref={input} type="password" autoComplete="current-password" />
        </Field>
      </div>
    </Dialog>
  );
}
