/**
 * The environment a product under test starts with: this machine's, less the settings and keys of the person who runs the
 * tests, plus what the test asks for.
 */
export function cleanEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !isPrivate(name)) kept[name] = value;
  }
  return { ...kept, ...extra };
}

function isPrivate(name: string): boolean {
  return /^(AEGIS_|MANUS_|ANTHROPIC_|OPENAI_|GEMINI_|GOOGLE_|CLAUDE_|NODE_OPTIONS$|ELECTRON_RUN_AS_NODE$)/.test(
    name,
  );
}
