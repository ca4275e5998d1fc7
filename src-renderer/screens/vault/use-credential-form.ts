import { type RefObject, useRef, useState } from 'react';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { navigate } from '../../frame/route.ts';
import { credentialStore, DEFAULT_VAULT, remembered, useCredentials } from '../../state/index.ts';
import { notify } from '../../ui/index.ts';
import { CredentialForm, check, type FieldErrors, formFor, toInput } from './credential-form.ts';

/** What was filled in and not stored, so that closing the dialog loses nothing but the secret. */
const draft = remembered<CredentialForm | null>('draft.credential', CredentialForm.nullable(), null);

export interface CredentialFormState {
  form: CredentialForm;
  /** The input that holds the secret; nothing else does. */
  secret: RefObject<HTMLInputElement | null>;
  failure: Failure | null;
  busy: boolean;
  /** What to say under a field: what the vault refused, or what is wrong with what was typed. */
  shown(field: keyof FieldErrors): string | undefined;
  change(fields: Partial<CredentialForm>): void;
  changePreset(id: string): void;
  secretTyped(value: string): void;
  store(): Promise<void>;
}

/** The form behind "Store a key". */
export function useCredentialForm({
  preset,
  onClose,
}: {
  preset: string | undefined;
  onClose: () => void;
}): CredentialFormState {
  const taken = useCredentials().map((credential) => credential.name);
  const [form, setForm] = useState<CredentialForm>(() => {
    const kept = draft.read();
    return kept && (preset === undefined || kept.preset === preset) ? kept : formFor(preset, taken);
  });
  const secret = useRef<HTMLInputElement>(null);
  // Only whether there is a secret is kept in state, never the secret.
  const [hasSecret, setHasSecret] = useState(false);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);

  const errors = check(form, hasSecret ? 'x' : '', taken);
  const refused = fieldsOf(failure);
  const shown = (field: keyof FieldErrors) =>
    refused[field] ?? (touched.has(field) ? errors[field] : undefined);
  const touch = (...fields: string[]) => setTouched(new Set([...touched, ...fields]));
  const change = (fields: Partial<CredentialForm>) => {
    const next = { ...form, ...fields };
    setForm(next);
    setFailure(null);
    draft.write(next);
    touch(...Object.keys(fields));
  };
  const changePreset = (id: string) => {
    setForm(formFor(id, taken));
    draft.forget();
    setTouched(new Set());
    secret.current?.focus();
  };
  const store = async () => {
    const value = secret.current?.value.trim() ?? '';
    const wrong = check(form, value, taken);
    if (Object.keys(wrong).length > 0) {
      setTouched(new Set(Object.keys({ ...form, secret: '' })));
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      const stored = await client.vault.add({ vault: DEFAULT_VAULT, ...toInput(form), secret: value });
      if (secret.current) secret.current.value = '';
      credentialStore.put(stored);
      draft.forget();
      onClose();
      navigate({ screen: 'vault', id: stored.name });
      notify.done(`${stored.name} is stored. Agents can use it through the Gate once they have a grant.`);
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  const secretTyped = (value: string) => {
    setHasSecret(value.trim() !== '');
    setFailure(null);
    touch('secret');
  };
  return { form, secret, failure, busy, shown, change, changePreset, secretTyped, store };
}

/** What the vault refused, field by field; a list's items count for the list. */
function fieldsOf(failure: Failure | null): FieldErrors {
  const fields: Record<string, string> = {};
  for (const [pointer, detail] of Object.entries(failure?.fields ?? {}))
    fields[pointer.split('/')[1] ?? ''] ??= detail;
  return fields;
}
