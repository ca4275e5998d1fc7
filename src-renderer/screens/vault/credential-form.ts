import { z } from 'zod';
import { AuthType, CredentialInput, CredentialScope, DomainPattern } from '#contract';

/** What the form holds; the secret is not among it, it stays in its input element. */
export const CredentialForm = z.object({
  preset: z.string(),
  name: z.string(),
  service: z.string(),
  /** One per line, or separated by commas. */
  domains: z.string(),
  auth_type: AuthType,
  header_name: z.string(),
  query_name: z.string(),
  scopes: z.array(CredentialScope),
  /** Empty: never expires. */
  ttl_days: z.string(),
  upstream: z.string(),
  allow_private: z.boolean(),
});
export type CredentialForm = z.infer<typeof CredentialForm>;

export interface Preset {
  id: string;
  label: string;
  description: string;
  /** Where to get such a key, in words. */
  secretHint: string;
  fields: Partial<CredentialForm>;
}

const blank: CredentialForm = {
  preset: 'custom',
  name: '',
  service: '',
  domains: '',
  auth_type: 'bearer',
  header_name: '',
  query_name: '',
  scopes: ['*'],
  ttl_days: '',
  upstream: '',
  allow_private: false,
};

const named = (id: string, domain: string, rest: Partial<CredentialForm>): Partial<CredentialForm> => ({
  name: id,
  service: id,
  domains: domain,
  ...rest,
});

export const PRESETS: readonly Preset[] = [
  {
    id: 'anthropic',
    label: 'Anthropic',
    description: 'Claude models, for Claude Code',
    secretHint: 'An API key of your Anthropic account; it starts with sk-ant-.',
    fields: named('anthropic', 'api.anthropic.com', { auth_type: 'header', header_name: 'x-api-key' }),
  },
  {
    id: 'openai',
    label: 'OpenAI',
    description: 'GPT models',
    secretHint: 'An API key of your OpenAI project; it starts with sk-.',
    fields: named('openai', 'api.openai.com', {}),
  },
  {
    id: 'google',
    label: 'Google',
    description: 'Gemini models',
    secretHint: 'An API key from Google AI Studio.',
    fields: named('google', 'generativelanguage.googleapis.com', {
      auth_type: 'header',
      header_name: 'x-goog-api-key',
    }),
  },
  {
    id: 'github',
    label: 'GitHub',
    description: 'The GitHub API',
    secretHint: 'A fine-grained personal access token with as few rights as will do.',
    fields: named('github', 'api.github.com', {}),
  },
  {
    id: 'custom',
    label: 'Another service',
    description: 'Any HTTP API',
    secretHint: 'Exactly what the service expects, without the word Bearer.',
    fields: {},
  },
];

export const presetOf = (id: string | undefined): Preset =>
  PRESETS.find((preset) => preset.id === id) ?? (PRESETS[0] as Preset);

/** A fresh form for a preset; the name is made free when it is taken. */
export function formFor(presetId: string | undefined, taken: readonly string[]): CredentialForm {
  const preset = presetOf(presetId);
  const form = { ...blank, ...preset.fields, preset: preset.id };
  return { ...form, name: freeName(form.name, taken) };
}

function freeName(name: string, taken: readonly string[]): string {
  if (name === '' || !taken.includes(name)) return name;
  for (let n = 2; n < 1000; n += 1) if (!taken.includes(`${name}-${n}`)) return `${name}-${n}`;
  return name;
}

export type FieldErrors = Partial<Record<keyof CredentialForm | 'secret', string>>;

export const splitDomains = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** What goes to the control plane, but for the secret. */
export function toInput(form: CredentialForm): Omit<CredentialInput, 'secret'> {
  return {
    name: form.name.trim(),
    service: form.service.trim(),
    domains: splitDomains(form.domains),
    auth_type: form.auth_type,
    scopes: form.scopes,
    allow_private: form.allow_private,
    ...(form.auth_type === 'header' ? { header_name: form.header_name.trim() } : {}),
    ...(form.auth_type === 'query' ? { query_name: form.query_name.trim() } : {}),
    ...(form.ttl_days.trim() === '' ? {} : { ttl_days: Number(form.ttl_days) }),
    ...(form.upstream.trim() === '' ? {} : { upstream: form.upstream.trim() }),
  };
}

/** Checks with the schemas of the contract. The secret is looked at, not kept. */
export function check(form: CredentialForm, secret: string, taken: readonly string[]): FieldErrors {
  const errors: FieldErrors = {};
  const result = CredentialInput.safeParse({ ...toInput(form), secret });
  for (const issue of result.error?.issues ?? []) {
    const field = issue.path[0];
    if (typeof field === 'string' && (field === 'secret' || field in form)) {
      errors[field as keyof FieldErrors] ??= sentence(field, issue.message);
    }
  }
  for (const domain of splitDomains(form.domains)) {
    const wrong = domainError(domain);
    if (wrong !== null) errors.domains ??= wrong;
  }
  if (taken.includes(form.name.trim())) errors.name = 'This name is already in use.';
  if (form.upstream.trim().startsWith('http:') && !form.allow_private) {
    errors.upstream ??= 'Plain HTTP needs the leave below.';
  }
  return errors;
}

function domainError(domain: string): string | null {
  if (/^[a-z]+:\/\//i.test(domain) || domain.includes('/'))
    return 'Write the host alone: api.example.com, without https:// or a path.';
  if (!DomainPattern.safeParse(domain).success || !/^(\*\.)?[^\s*/@?#]+$/.test(domain)) {
    return `“${domain}” is not a host name. Examples: api.example.com, *.example.com, localhost:8080.`;
  }
  return null;
}

const LABELS: Record<string, string> = {
  ttl_days: 'Use a whole number of days from 1 to 3650.',
  upstream: 'Use a complete address, such as https://proxy.example.com/v1.',
};

function sentence(field: string, message: string): string {
  const known = LABELS[field];
  if (known) return known;
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  return text.endsWith('.') ? text : `${text}.`;
}
