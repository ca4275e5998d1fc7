import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { AuthType, CredentialScope } from '#contract';
import { Checkbox, cx, Field, Input, Select, Textarea } from '../../ui/index.ts';
import type { CredentialForm, FieldErrors } from './credential-form.ts';

interface PartProps {
  form: CredentialForm;
  change: (fields: Partial<CredentialForm>) => void;
  error: (field: keyof FieldErrors) => string | undefined;
}

export const AUTH_LABELS: Record<AuthType, string> = {
  bearer: 'Authorization: Bearer …',
  header: 'A header of its own',
  basic: 'Authorization: Basic …',
  query: 'A query parameter',
};

/** Where it may go and how it is sent. */
export function AuthFields({ form, change, error }: PartProps) {
  return (
    <>
      <Field
        label="Allowed hosts"
        error={error('domains')}
        hint="One per line. *.example.com covers every host below it. Requests to any other host are refused."
      >
        <Textarea
          mono
          rows={2}
          value={form.domains}
          onChange={(event) => change({ domains: event.target.value })}
        />
      </Field>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        <Field label="Sent as" error={error('auth_type')}>
          <Select
            value={form.auth_type}
            onChange={(auth_type) => change({ auth_type })}
            options={(Object.keys(AUTH_LABELS) as AuthType[]).map((value) => ({
              value,
              label: AUTH_LABELS[value],
            }))}
          />
        </Field>
        {form.auth_type === 'header' ? (
          <Field label="Header" error={error('header_name')}>
            <Input
              mono
              value={form.header_name}
              onChange={(event) => change({ header_name: event.target.value })}
            />
          </Field>
        ) : null}
        {form.auth_type === 'query' ? (
          <Field label="Parameter" error={error('query_name')}>
            <Input
              mono
              value={form.query_name}
              onChange={(event) => change({ query_name: event.target.value })}
            />
          </Field>
        ) : null}
        {form.auth_type === 'basic' ? (
          <p className="self-end text-sm text-faint">Write the secret as user:password.</p>
        ) : null}
      </div>
    </>
  );
}

const SCOPES: { value: 'all' | 'read' | 'write'; label: string; scopes: CredentialScope[] }[] = [
  { value: 'all', label: 'Read and write', scopes: ['*'] },
  { value: 'read', label: 'Read only (GET, HEAD, OPTIONS)', scopes: ['read'] },
  { value: 'write', label: 'Write only', scopes: ['write'] },
];

/** Rules most keys do not need to touch. */
export function CredentialRules({ form, change, error }: PartProps) {
  const [open, setOpen] = useState(form.upstream !== '' || form.allow_private);
  const scope = SCOPES.find((each) => each.scopes.join() === form.scopes.join())?.value ?? 'all';
  const hidden = error('ttl_days') ?? error('upstream');
  const shown = open || hidden !== undefined;
  return (
    <div className="flex flex-col gap-3">
      <button
        type="button"
        aria-expanded={shown}
        onClick={() => setOpen(!shown)}
        className="flex items-center gap-1 self-start rounded-sm text-muted hover:text-fg"
      >
        <ChevronRight size={14} className={cx(shown && 'rotate-90')} aria-hidden="true" />
        More rules
      </button>
      {shown ? (
        <>
          <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
            <Field label="May be used to">
              <Select
                value={scope}
                onChange={(value) =>
                  change({ scopes: SCOPES.find((each) => each.value === value)?.scopes ?? ['*'] })
                }
                options={SCOPES}
              />
            </Field>
            <Field label="Expires after" note="days, empty for never" error={error('ttl_days')}>
              <Input
                inputMode="numeric"
                value={form.ttl_days}
                onChange={(event) => change({ ttl_days: event.target.value })}
              />
            </Field>
          </div>
          <Field
            label="Upstream address"
            note="optional"
            error={error('upstream')}
            hint="Replaces https://<host>; its host must be one of the allowed ones."
          >
            <Input
              mono
              placeholder="https://api.example.com"
              value={form.upstream}
              onChange={(event) => change({ upstream: event.target.value })}
            />
          </Field>
          <Checkbox
            checked={form.allow_private}
            onChange={(allow_private) => change({ allow_private })}
            label="Allow plain HTTP and private addresses"
            hint="For services on this machine or in your own network."
          />
        </>
      ) : null}
    </div>
  );
}
