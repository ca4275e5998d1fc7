import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { freshFolder } from './folders.ts';

/**
 * A home folder in which Claude Code starts without its first-run questions, trusting the given project folders.
 * Returns its path; the test removes it.
 */
export function claudeHome(...projects: string[]): string {
  const home = freshFolder('home');
  settleClaude(home, ...projects);
  return home;
}

/** Makes the home folder one in which Claude Code has been started before. */
export function settleClaude(home: string, ...projects: string[]): void {
  mkdirSync(join(home, '.claude'));
  // In its default "auto" mode a classifier lets harmless commands through without asking.
  writeFileSync(
    join(home, '.claude', 'settings.json'),
    JSON.stringify({ permissions: { defaultMode: 'default' } }),
  );
  writeFileSync(
    join(home, '.claude.json'),
    JSON.stringify({
      hasCompletedOnboarding: true,
      theme: 'dark',
      autoUpdates: false,
      projects: Object.fromEntries(
        projects.map((folder) => [
          realpathSync(folder),
          { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] },
        ]),
      ),
    }),
  );
}

/** Keeps Claude Code off the network but for its model calls. */
export const quietClaude = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
} as const;

/** Path of the real Claude Code program that `npm test -- agents` installed. */
export function claudeProgram(): string {
  const path = process.env.AEGIS_E2E_CLAUDE;
  if (path && existsSync(path)) return path;
  throw new Error('Claude Code is not installed for the tests. Run them with `npm test -- agents`.');
}

/** A PATH on which `claude` is that program. */
export function pathWithClaude(): string {
  return `${dirname(claudeProgram())}${delimiter}${process.env.PATH ?? ''}`;
}
