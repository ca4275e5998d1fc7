import { Eye, EyeOff, Lock } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { unlockVault } from '../../frame/app-commands.ts';
import { openDialog, useVault } from '../../state/index.ts';
import { Button, Dialog, ErrorState, Field, IconButton, Input, notify, Select } from '../../ui/index.ts';
import { AuthFields, CredentialRules } from './credential-fields.tsx';
import { PRESETS, presetOf } from './credential-form.ts';
import { useCredentialForm } from './use-credential-form.ts';

export function AddCredentialDialog(props: {
  open: boolean;
  preset: string | undefined;
  onClose: () => void;
}) {
  return props.open ? <OpenDialog preset={props.preset} onClose={props.onClose} /> : null;
}

function OpenDialog({ preset, onClose }: { preset: string | undefined; onClose: () => void }) {
  const credential = useCredentialForm({ preset, onClose });
  const { form, secret, failure, busy, shown } = credential;
  const [leaving, setLeaving] = useState(false);
  return (
    <Dialog
      open
      onClose={onClose}
      canClose={() => {
        const loses = Boolean(secret.current?.value);
        setLeaving(loses);
        return !loses;
      }}
      title="Store a key"
      description="It is encrypted in the vault. Only requests to the hosts below ever carry it."
      initialFocus={secret}
      onSubmit={() => void credential.store()}
      footer={
        leaving ? (
          <>
            <span className="mr-auto text-muted">The secret you typed will be lost.</span>
            <Button onClick={() => setLeaving(false)}>Keep editing</Button>
            <Button variant="danger" onClick={onClose}>
              Discard
            </Button>
          </>
        ) : (
          <>
            <Button onClick={() => (secret.current?.value ? setLeaving(true) : onClose())}>Cancel</Button>
            <Button type="submit" variant="primary" busy={busy}>
              {busy ? 'Storing…' : 'Store key'}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <VaultNotice />
        {failure ? <ErrorState failure={failure} compact /> : null}
        <Field label="What is it for">
          <Select
            value={form.preset}
            onChange={credential.changePreset}
            options={PRESETS.map(({ id, label, description }) => ({ value: id, label, description }))}
          />
        </Field>
        <SecretField
          input={secret}
          hint={presetOf(form.preset).secretHint}
          error={shown('secret')}
          onChange={credential.secretTyped}
        />
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <Field label="Name" error={shown('name')}>
            <Input
              mono
              value={form.name}
              onChange={(event) => credential.change({ name: event.target.value })}
            />
          </Field>
          <Field label="Service" error={shown('service')} hint="The first part of the path at the Gate.">
            <Input
              mono
              value={form.service}
              onChange={(event) => credential.change({ service: event.target.value })}
            />
          </Field>
        </div>
        <AuthFields form={form} change={credential.change} error={shown} />
        <CredentialRules form={form} change={credential.change} error={shown} />
      </div>
    </Dialog>
  );
}

function SecretField({
  input,
  hint,
  error,
  onChange,
}: {
  input: RefObject<HTMLInputElement | null>;
  hint: string;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  const [visible, setVisible] = useState(false);
  // Whatever was typed does not outlive the dialog.
  useEffect(() => {
    const element = input.current;
    return () => {
      if (element) element.value = '';
    };
  }, [input]);
  return (
    <Field label="Secret" hint={hint} error={error}>
      <div className="flex gap-1">
        <SecretInput input={input} visible={visible} onChange={onChange} />
        <IconButton
          label={visible ? 'Hide the secret' : 'Show the secret'}
          icon={visible ? EyeOff : Eye}
          onClick={() => setVisible(!visible)}
        />
      </div>
    </Field>
  );
}

function SecretInput(props: {
  input: RefObject<HTMLInputElement | null>;
  visible: boolean;
  onChange: (value: string) => void;
}) {
  return (
    <Input
      ref={props.input}
      mono
      type={props.visible ? 'text' : 'password'}
      // Keeps password managers from offering to save it somewhere else.
      autoComplete="new-password"
      onInput={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function VaultNotice() {
  const vault = useVault();
  if (!vault || vault.state === 'open') return null;
  const locked = vault.state === 'locked';
  return (
    <div className="flex items-center gap-2 rounded-md bg-ask-soft px-3 py-2 text-ask">
      <Lock size={15} className="shrink-0" aria-hidden="true" />
      <span className="flex-1">
        {locked
          ? 'The vault is locked: unlock it first.'
          : 'The vault has no key yet: give it a passphrase first.'}
      </span>
      <Button
        size="sm"
        onClick={() =>
          locked ? void unlockVault().catch(notify.failure) : openDialog({ kind: 'vault-passphrase' })
        }
      >
        {locked ? 'Unlock vault' : 'Set a passphrase'}
      </Button>
    </div>
  );
}
