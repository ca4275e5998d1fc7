/**
 * Environment variables by which model providers and their tools are handed keys, tokens or another address to send them
 * to. Agents never inherit them: an agent has only what Aegis gives it.
 */
const NAMES = new Set([
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_CUSTOM_HEADERS',
  'CLAUDE_API_KEY',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR',
  'CODEX_API_KEY',
  'GEMINI_API_KEY',
  'GOOGLE_API_KEY',
  'GOOGLE_GENAI_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'GOOGLE_GEMINI_BASE_URL',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'GITLAB_TOKEN',
  'NPM_TOKEN',
  'NODE_AUTH_TOKEN',
  'VAULT_TOKEN',
]);

const PATTERNS = [
  /^(ANTHROPIC|OPENAI|AZURE_OPENAI|GEMINI|MISTRAL|GROQ|OPENROUTER|DEEPSEEK|XAI|COHERE|TOGETHER|FIREWORKS|PERPLEXITY|REPLICATE|CEREBRAS|HUGGINGFACE)_.*(KEY|TOKEN|SECRET|BASE_URL|API_BASE|ENDPOINT|HEADERS)$/,
  /_API_KEY$/,
];

export const isAmbientCredential = (name: string): boolean => {
  const upper = name.toUpperCase();
  return NAMES.has(upper) || PATTERNS.some((pattern) => pattern.test(upper));
};
