import type { AuthType, Credential } from '#contract';

/** How a model API is reached through the Gate: what its credential looks like, and what an agent's environment gets. */
export interface ModelProfile {
  readonly id: 'anthropic' | 'openai' | 'google';
  readonly title: string;
  /** Service name offered when the credential is made; a credential of any other name works as well. */
  readonly service: string;
  readonly domain: string;
  readonly auth_type: AuthType;
  readonly header_name: string | null;
  /** @param base `<gate>/<service>` @param token the agent's own, never the key */
  readonly env: (base: string, token: string) => Readonly<Record<string, string>>;
}

export const MODEL_PROFILES: readonly ModelProfile[] = [
  {
    id: 'anthropic',
    title: 'Anthropic',
    service: 'anthropic',
    domain: 'api.anthropic.com',
    auth_type: 'header',
    header_name: 'x-api-key',
    // AUTH_TOKEN goes out as a bearer token; API_KEY would make Claude Code ask whether to trust the key.
    env: (base, token) => ({ ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: token }),
  },
  {
    id: 'openai',
    title: 'OpenAI',
    service: 'openai',
    domain: 'api.openai.com',
    auth_type: 'bearer',
    header_name: null,
    // OpenAI's clients expect the version in the base URL; the Gate keeps paths as they are.
    env: (base, token) => ({ OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: token }),
  },
  {
    id: 'google',
    title: 'Google Gemini',
    service: 'google',
    domain: 'generativelanguage.googleapis.com',
    auth_type: 'header',
    header_name: 'x-goog-api-key',
    env: (base, token) => ({ GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: token }),
  },
];

/** The profile a credential is for: by the name of its service, or by the host it goes to. */
export const profileFor = (credential: Pick<Credential, 'service' | 'domains'>): ModelProfile | undefined =>
  MODEL_PROFILES.find((profile) => profile.service === credential.service) ??
  MODEL_PROFILES.find((profile) => credential.domains.includes(profile.domain));

/**
 * The variables that lead an agent's model client to the Gate; empty for a credential that is for no model API.
 * @param gateUrl `http://127.0.0.1:3100`
 */
export function profileEnv(
  credential: Pick<Credential, 'service' | 'domains'>,
  gateUrl: string,
  token: string,
): Readonly<Record<string, string>> {
  return profileFor(credential)?.env(`${gateUrl}/${credential.service}`, token) ?? {};
}

/** A variable, or with a leading `*` every variable that ends so, and why an agent must not inherit it. */
export interface AmbientVariable {
  readonly name: string;
  readonly why: string;
}

/**
 * Secrets that commonly lie in a developer's environment. A session's agent gets none of them: it would use the key
 * itself, past the Gate, and past every rule. A session's own `env` cannot bring one back: keys belong into the vault.
 */
export const AMBIENT_CREDENTIAL_VARS: readonly AmbientVariable[] = [
  { name: 'AEGIS_MASTER_KEY', why: 'opens the vault' },
  { name: 'AEGIS_AUTH_TOKEN', why: 'is an admin token of Aegis' },
  { name: 'AEGIS_USER_TOKEN', why: "is a person's token of Aegis" },
  { name: 'AEGIS_API_KEY', why: 'is an API key of Aegis' },
  { name: 'MANUS_AUTH_TOKEN', why: 'is the former name of AEGIS_AUTH_TOKEN' },
  { name: 'ANTHROPIC_API_KEY', why: 'Anthropic key; also makes Claude Code ignore the Gate token' },
  { name: 'ANTHROPIC_AUTH_TOKEN', why: 'Anthropic or gateway token' },
  { name: 'ANTHROPIC_BASE_URL', why: 'would lead Claude Code past the Gate' },
  { name: 'ANTHROPIC_CUSTOM_HEADERS', why: 'often holds an Authorization header' },
  { name: 'CLAUDE_CODE_OAUTH_TOKEN', why: 'Claude subscription token' },
  { name: 'CLAUDE_CODE_USE_BEDROCK', why: 'would lead Claude Code past the Gate to AWS' },
  { name: 'CLAUDE_CODE_USE_VERTEX', why: 'would lead Claude Code past the Gate to Google Cloud' },
  { name: 'AWS_BEARER_TOKEN_BEDROCK', why: 'Bedrock key' },
  { name: 'OPENAI_API_KEY', why: 'OpenAI key' },
  { name: 'OPENAI_BASE_URL', why: 'would lead OpenAI clients past the Gate' },
  { name: 'OPENAI_ORG_ID', why: 'belongs to the OpenAI key it came with' },
  { name: 'CODEX_API_KEY', why: 'OpenAI key of Codex' },
  { name: 'AZURE_OPENAI_API_KEY', why: 'Azure OpenAI key' },
  { name: 'GEMINI_API_KEY', why: 'Google AI key' },
  { name: 'GOOGLE_API_KEY', why: 'Google AI key; Gemini CLI prefers it' },
  { name: 'GOOGLE_GEMINI_BASE_URL', why: 'would lead Gemini CLI past the Gate' },
  { name: 'GOOGLE_GENAI_USE_VERTEXAI', why: 'would lead Gemini CLI past the Gate to Google Cloud' },
  { name: 'GOOGLE_APPLICATION_CREDENTIALS', why: 'path of a Google Cloud service account key' },
  { name: 'OPENROUTER_API_KEY', why: 'OpenRouter key' },
  { name: 'AWS_ACCESS_KEY_ID', why: 'AWS access key' },
  { name: 'AWS_SECRET_ACCESS_KEY', why: 'AWS access key' },
  { name: 'AWS_SESSION_TOKEN', why: 'AWS access key' },
  { name: 'AWS_PROFILE', why: 'names AWS keys in the home folder' },
  { name: 'AZURE_CLIENT_SECRET', why: 'Azure service principal' },
  { name: 'GITHUB_TOKEN', why: 'GitHub token, often with write access to everything' },
  { name: 'GH_TOKEN', why: 'GitHub token' },
  { name: 'GH_ENTERPRISE_TOKEN', why: 'GitHub token' },
  { name: 'GITLAB_TOKEN', why: 'GitLab token' },
  { name: 'NPM_TOKEN', why: 'can publish packages' },
  { name: 'NODE_AUTH_TOKEN', why: 'can publish packages' },
  { name: 'HF_TOKEN', why: 'Hugging Face token' },
  { name: 'VAULT_TOKEN', why: 'HashiCorp Vault token' },
  { name: 'SLACK_BOT_TOKEN', why: 'Slack token' },
  { name: 'DOPPLER_TOKEN', why: 'opens a secret store' },
  { name: 'OP_SERVICE_ACCOUNT_TOKEN', why: 'opens 1Password vaults' },
  { name: 'PGPASSWORD', why: 'password of a PostgreSQL database' },
  { name: 'MYSQL_PWD', why: 'password of a MySQL database' },
  { name: 'SECRET_KEY_BASE', why: 'signs the sessions of a web application' },
  { name: '*_API_KEY', why: 'named like the key of some service' },
  { name: '*_TOKEN', why: 'named like the token of some service' },
  { name: '*_SECRET_KEY', why: 'named like the key of some service' },
  { name: '*_SECRET_ACCESS_KEY', why: 'named like a cloud key' },
  { name: '*_SECRET', why: 'named like a secret' },
  { name: '*_PRIVATE_KEY', why: 'named like a private key' },
  { name: '*_PASSWORD', why: 'named like a password' },
  { name: '*_PASSWD', why: 'named like a password' },
  { name: '*_PASSPHRASE', why: 'named like a password' },
];

const EXACT = new Set(
  AMBIENT_CREDENTIAL_VARS.filter(({ name }) => !name.startsWith('*')).map(({ name }) => name),
);
const ENDINGS = AMBIENT_CREDENTIAL_VARS.filter(({ name }) => name.startsWith('*')).map(({ name }) =>
  name.slice(1),
);

/** Names are compared in upper case: Windows does not tell them apart. */
export function isAmbientCredential(name: string): boolean {
  const upper = name.toUpperCase();
  return EXACT.has(upper) || ENDINGS.some((ending) => upper.endsWith(ending));
}
