/** What the product relies on in the real Claude Code: its dialog, its token header, its loopback base URL. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { claudeHome, claudeProgram, quietClaude } from '../support/claude-home.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { freshFolder, removeFolder } from '../support/folders.ts';
import { startModelServer } from '../support/model-server.ts';
import { openTerminal } from '../support/terminal.ts';

test('asks in its own dialog before it runs a command, and sends the token it was given', async () => {
  const folder = freshFolder('project');
  const home = claudeHome(folder);
  const model = await startModelServer([
    {
      text: 'I will make the file.',
      tools: [{ name: 'Bash', input: { command: 'touch made.txt', description: 'Make a file' } }],
    },
    { text: 'The file is there now.' },
  ]);
  const terminal = openTerminal(claudeProgram(), [], {
    cwd: folder,
    env: cleanEnvironment({
      ...quietClaude,
      HOME: home,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_AUTH_TOKEN: 'a-throw-away-token',
    }),
  });
  try {
    await terminal.see(/❯|>/);
    terminal.type('Make a file called made.txt');
    await terminal.see(/Make a file called made/);
    terminal.type('\r');
    await terminal.see(/Do you want to proceed/);
    expect(existsSync(join(folder, 'made.txt'))).toBe(false);
    // The dialog ignores keys in its first moments, so that what somebody was typing does not answer it.
    await expect(async () => {
      terminal.type('1');
      await terminal.see(/The file is there now/, 1500);
    }).toPass({ timeout: 20_000 });
    expect(existsSync(join(folder, 'made.txt'))).toBe(true);
    const first = model.conversation()[0];
    expect(first?.headers.authorization).toBe('Bearer a-throw-away-token');
    expect(first?.path).toBe('/v1/messages');
  } finally {
    await terminal.close();
    await model.close();
    removeFolder(folder);
    removeFolder(home);
  }
});
