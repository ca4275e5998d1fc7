/** Starts a session: agent, folder, name, first prompt, keys. Remembers the last agent and folder, and a draft. */
import { useEffect, useMemo, useState } from 'react';
import { z } from 'zod';
import { AgentKind, type AgentProgram } from '#contract';
import { client, type Failure, toFailure } from '../client/index.ts';
import { remembered, sessionStore, useCredentials } from '../state/index.ts';
import { usualSize } from '../terminal/settings.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Input, Textarea } from '../ui/field.tsx';
import { ErrorState, Skeleton } from '../ui/states.tsx';
import { AgentChoice } from './agent-choice.tsx';
import { CredentialChoice } from './credential-choice.tsx';
import { FolderInput } from './folder-input.tsx';
import { goToSession } from './screen-state.ts';
import {
  chosenCredentials,
  type FormErrors,
  formErrors,
  rememberFolder,
  type SessionForm,
  takesPrompt,
  toInput,
} from './session-form.ts';

const lastAgent = remembered('new-session.agent', AgentKind.nullable(), null);
const recentFolders = remembered('new-session.folders', z.array(z.string()).max(20), []);
/** What was filled in and not started yet. */
const Draft = z.object({
  agent: AgentKind,
  workDir: z.string(),
  name: z.string(),
  prompt: z.string(),
  command: z.string(),
  credentials: z.array(z.string()).nullable(),
});
const draft = remembered<SessionForm | null>('new-session.draft', Draft.nullable(), null);

/** Which field an answer of the control plane is about. */
const FIELD_OF_CODE: Record<string, keyof FormErrors> = {
  FOLDER_MISSING: 'workDir',
  AGENT_NOT_INSTALLED: 'agent',
};
const FIELD_OF_POINTER: Record<string, keyof FormErrors> = {
  '/work_dir': 'workDir',
  '/name': 'name',
  '/agent': 'agent',
  '/command': 'command',
};

export interface NewSessionDialogProps {
  open: boolean;
  agent?: AgentKind | undefined;
  onClose: () => void;
}

export function NewSessionDialog({ open, agent, onClose }: NewSessionDialogProps) {
  return open ? <OpenDialog agent={agent} onClose={onClose} /> : null;
}

function OpenDialog({ agent, onClose }: { agent: AgentKind | undefined; onClose: () => void }) {
  const { programs, failure: programsFailure } = usePrograms();
  const credentials = useCredentials();
  const [form, setForm] = useState<SessionForm>(() => firstForm(agent));
  const [exists, setExists] = useState<boolean | null>(null);
  const [shown, setShown] = useState<ReadonlySet<keyof FormErrors>>(new Set());
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  useBestAgent(programs, agent, setForm);
  useHomeFolder(form.workDir === '', (path) =>
    setForm((known) => (known.workDir === '' ? { ...known, workDir: path } : known)),
  );

  const program = programs?.find((one) => one.agent === form.agent);
  const chosen = chosenCredentials(form, program, credentials, Date.now());
  const own = formErrors(form, program, exists);
  const errorOf = (field: keyof FormErrors): string | undefined =>
    (shown.has(field) ? own[field] : undefined) ?? answeredError(failure, field);
  const change = (fields: Partial<SessionForm>) => {
    const next = { ...form, ...fields };
    setForm(next);
    draft.write(next);
    setFailure(null);
    setShown(new Set([...shown, ...(Object.keys(fields) as (keyof FormErrors)[])]));
  };
  const start = async () => {
    if (Object.keys(own).length > 0) {
      setShown(new Set(['agent', 'workDir', 'name', 'command']));
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      const session = await client.sessions.create({ ...toInput(form, chosen), ...usualSize.read() });
      sessionStore.put(session);
      lastAgent.write(form.agent);
      recentFolders.write(rememberFolder(recentFolders.read(), form.workDir.trim()));
      draft.forget();
      onClose();
      goToSession(session.id);
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
      size="lg"
      title="New session"
      description="An agent in a live terminal. It asks you before it acts, and it never sees a key."
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy} disabled={!programs}>
            {busy ? 'Starting…' : 'Start session'}
          </Button>
        </>
      }
    >
      {programsFailure ? <ErrorState compact failure={programsFailure} /> : null}
      {programs ? (
        <div className="flex flex-col gap-4">
          {failure && !isFieldError(failure) ? <ErrorState compact failure={failure} /> : null}
          <AgentChoice
            programs={programs}
            value={form.agent}
            onChange={(next) => change({ agent: next, credentials: null })}
          />
          <InlineError
            text={errorOf('agent')}
            hint={failure?.code === 'AGENT_NOT_INSTALLED' ? failure.hint : null}
          />
          <Fields form={form} change={change} errorOf={errorOf} onExists={setExists} />
          <CredentialChoice
            program={program}
            credentials={credentials}
            chosen={chosen}
            onChange={(names) => change({ credentials: names })}
          />
        </div>
      ) : programsFailure ? null : (
        <Skeleton rows={6} />
      )}
    </Dialog>
  );
}

function Fields({
  form,
  change,
  errorOf,
  onExists,
}: {
  form: SessionForm;
  change: (fields: Partial<SessionForm>) => void;
  errorOf: (field: keyof FormErrors) => string | undefined;
  onExists: (exists: boolean | null) => void;
}) {
  return (
    <>
      <Field label="Folder" error={errorOf('workDir')} hint="The agent works here. Begin with ~ or /.">
        <FolderInput
          value={form.workDir}
          onChange={(workDir) => change({ workDir })}
          onExists={onExists}
          recent={recentFolders.read()}
        />
      </Field>
      {form.agent === 'shell' ? (
        <Field
          label="Command"
          note="optional"
          error={errorOf('command')}
          hint="A program and its arguments. Without it your shell starts."
        >
          <Input
            mono
            value={form.command}
            placeholder="npm run dev"
            onChange={(event) => change({ command: event.target.value })}
          />
        </Field>
      ) : null}
      <Field label="Name" note="optional" error={errorOf('name')}>
        <Input
          value={form.name}
          placeholder="Tidy up the tests"
          maxLength={128}
          onChange={(event) => change({ name: event.target.value })}
        />
      </Field>
      {takesPrompt(form.agent) ? (
        <Field label="First prompt" note="optional">
          <Textarea
            value={form.prompt}
            maxLength={100_000}
            rows={3}
            placeholder="What should the agent do first?"
            onChange={(event) => change({ prompt: event.target.value })}
          />
        </Field>
      ) : null}
    </>
  );
}

function InlineError({ text, hint }: { text: string | undefined; hint: string | null }) {
  if (text === undefined) return null;
  return (
    <p role="alert" className="-mt-3 text-sm text-deny">
      {text} {hint}
    </p>
  );
}

const isFieldError = (failure: Failure): boolean =>
  FIELD_OF_CODE[failure.code] !== undefined ||
  Object.keys(failure.fields).some((pointer) => FIELD_OF_POINTER[pointer] !== undefined);

/** The control plane's word on a field, with what to do next. */
function answeredError(failure: Failure | null, field: keyof FormErrors): string | undefined {
  if (!failure) return undefined;
  for (const [pointer, detail] of Object.entries(failure.fields))
    if (FIELD_OF_POINTER[pointer] === field) return detail;
  if (FIELD_OF_CODE[failure.code] !== field) return undefined;
  return field === 'agent' || failure.hint === null ? failure.detail : `${failure.detail} ${failure.hint}`;
}

function firstForm(agent: AgentKind | undefined): SessionForm {
  const kept = draft.read();
  if (kept) return agent === undefined ? kept : { ...kept, agent, credentials: null };
  return {
    agent: agent ?? lastAgent.read() ?? 'claude-code',
    workDir: recentFolders.read()[0] ?? '',
    name: '',
    prompt: '',
    command: '',
    credentials: null,
  };
}

function usePrograms(): { programs: readonly AgentProgram[] | null; failure: Failure | null } {
  const [programs, setPrograms] = useState<readonly AgentProgram[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    client.sessions
      .programs({})
      .then((page) => setPrograms(page.items))
      .catch((error: unknown) => setFailure(toFailure(error)));
  }, []);
  return useMemo(() => ({ programs, failure }), [programs, failure]);
}

/** Somebody who has chosen nothing yet starts with an agent that is installed. */
function useBestAgent(
  programs: readonly AgentProgram[] | null,
  wanted: AgentKind | undefined,
  setForm: (update: (form: SessionForm) => SessionForm) => void,
): void {
  useEffect(() => {
    if (!programs || wanted !== undefined || lastAgent.read() !== null || draft.read() !== null) return;
    const installed = programs.find((program) => program.installed && program.agent !== 'demo');
    if (installed) setForm((form) => ({ ...form, agent: installed.agent }));
  }, [programs, wanted, setForm]);
}

function useHomeFolder(wanted: boolean, onFound: (path: string) => void): void {
  // Asked once, when the dialog opens with no folder; emptying the field later must not fill it again.
  const [ask] = useState(wanted);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once
  useEffect(() => {
    if (!ask) return;
    client.sessions
      .folders({})
      .then((home) => onFound(home.path))
      .catch(() => undefined);
  }, [ask]);
}
