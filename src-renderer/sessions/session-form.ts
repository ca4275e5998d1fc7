/** The rules of the new-session form: what is preselected, what is missing, and what is sent. */
import type { AgentKind, AgentProgram, Credential, SessionInput } from '#contract';

export interface SessionForm {
  agent: AgentKind;
  workDir: string;
  name: string;
  prompt: string;
  /** For `shell`: one command line. Empty: the user's shell. */
  command: string;
  /** Names of the credentials to grant; null: not touched, so the preselection follows the agent. */
  credentials: string[] | null;
}

/** Agents that take no prompt of their own. */
export const takesPrompt = (agent: AgentKind): boolean => agent !== 'shell';

/** Credentials whose service the agent speaks, and that still work. */
export function preselected(
  program: AgentProgram | undefined,
  credentials: readonly Credential[],
  now: number,
): string[] {
  if (!program?.service) return [];
  return credentials
    .filter((credential) => credential.service === program.service && !isExpired(credential, now))
    .map((credential) => credential.name);
}

export const isExpired = (credential: Credential, now: number): boolean =>
  credential.expires_at !== null && Date.parse(credential.expires_at) <= now;

export function chosenCredentials(
  form: SessionForm,
  program: AgentProgram | undefined,
  credentials: readonly Credential[],
  now: number,
): string[] {
  return form.credentials ?? preselected(program, credentials, now);
}

/** Says plainly when the agent will not reach its model; null when all is well. */
export function credentialWarning(
  program: AgentProgram | undefined,
  credentials: readonly Credential[],
  chosen: readonly string[],
): string | null {
  // The demo agent's own key is made when it starts.
  if (!program?.service || program.agent === 'demo') return null;
  const fitting = credentials.filter((credential) => credential.service === program.service);
  if (fitting.length === 0)
    return `No credential for ${program.service} is in the vault. ${program.label} will sign in by itself and call its model past the Gate.`;
  if (!fitting.some((credential) => chosen.includes(credential.name)))
    return `No credential for ${program.service} is granted. ${program.label} will sign in by itself and call its model past the Gate.`;
  return null;
}

export type FormErrors = Partial<Record<'agent' | 'workDir' | 'name' | 'command', string>>;

/** What can be told before asking the control plane. `exists` is null while the folder is not known yet. */
export function formErrors(
  form: SessionForm,
  program: AgentProgram | undefined,
  exists: boolean | null,
): FormErrors {
  const errors: FormErrors = {};
  if (program && !program.installed) errors.agent = `${program.label} is not installed on this machine.`;
  if (form.workDir.trim() === '') errors.workDir = 'Name a folder.';
  else if (exists === false) errors.workDir = 'This folder does not exist.';
  if (form.name.trim().length > 128) errors.name = 'Use at most 128 characters.';
  if (form.agent === 'shell') {
    const words = splitCommand(form.command);
    if (words === null) errors.command = 'A quote is not closed.';
  }
  return errors;
}

/** The request for the control plane. Call only without errors. */
export function toInput(form: SessionForm, chosen: readonly string[]): SessionInput {
  const command = form.agent === 'shell' ? (splitCommand(form.command) ?? []) : [];
  const name = form.name.trim();
  const prompt = form.prompt.trim();
  return {
    agent: form.agent,
    work_dir: form.workDir.trim(),
    ...(name === '' ? {} : { name }),
    ...(prompt === '' || !takesPrompt(form.agent) ? {} : { prompt }),
    ...(command.length === 0 ? {} : { command }),
    // Not touched: the control plane chooses the same ones, and also those it makes at the start (the demo's).
    ...(form.credentials === null ? {} : { credentials: [...chosen] }),
  };
}

/**
 * Splits a command line into words by the quoting rules of POSIX sh (section 2.2), without expansions: what is typed
 * is what is passed. Null when a quote or escape is left open.
 */
export function splitCommand(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? '';
    if (char === '\\') {
      i++;
      if (i >= line.length) return null;
      word = (word ?? '') + line[i];
    } else if (char === "'") {
      const end = line.indexOf("'", i + 1);
      if (end === -1) return null;
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(line, i + 1);
      if (quoted === null) return null;
      word = (word ?? '') + quoted.text;
      i = quoted.end;
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return words;
}

function doubleQuoted(line: string, start: number): { text: string; end: number } | null {
  let text = '';
  for (let i = start; i < line.length; i++) {
    const char = line[i] ?? '';
    if (char === '"') return { text, end: i };
    // Inside double quotes a backslash keeps its meaning only before these.
    if (char === '\\' && /["\\$`]/.test(line[i + 1] ?? '')) {
      i++;
      text += line[i];
    } else text += char;
  }
  return null;
}

/** Newest first, each folder once, at most eight. */
export function rememberFolder(recent: readonly string[], folder: string): string[] {
  return [folder, ...recent.filter((one) => one !== folder)].slice(0, 8);
}

/** The folder whose content completes what is typed, and the beginning of the name to look for. */
export function completionBase(typed: string): { folder: string; prefix: string } {
  const slash = typed.lastIndexOf('/');
  if (slash === -1) return { folder: '', prefix: typed };
  return { folder: slash === 0 ? '/' : typed.slice(0, slash), prefix: typed.slice(slash + 1) };
}

export const joinPath = (folder: string, name: string): string =>
  folder.endsWith('/') ? folder + name : `${folder}/${name}`;
