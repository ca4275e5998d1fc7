import { AegisError } from '../base/errors.ts';
import { isAmbientCredential } from '../gate/index.ts';
import type { Environment } from './agents/adapter.ts';

/** Ours, Electron's and npm's own, and what would make a program load foreign code. Never inherited. */
const NEVER_INHERITED =
  /^(AEGIS_|MANUS_|ELECTRON_|npm_|NODE_OPTIONS$|NODE_ENV$|NODE_CHANNEL_FD$|NODE_UNIQUE_ID$|INIT_CWD$|VITEST|CLAUDECODE$|CLAUDE_CODE_(ENTRYPOINT|SSE_PORT|SESSION_ID)$|CHROME_DESKTOP$|ORIGINAL_XDG_CURRENT_DESKTOP$)/;

/** What describes the terminal Aegis was started from, which is not the one the session gets. */
const OTHER_TERMINAL =
  /^(TERM|COLORTERM|TERM_PROGRAM.*|TERM_SESSION_ID|VTE_VERSION|WINDOWID|COLORFGBG|TMUX.*|STY|KITTY_.*|WEZTERM_.*|ITERM_.*|LC_TERMINAL.*|ALACRITTY_.*|GHOSTTY_.*|KONSOLE_.*|WT_.*|VSCODE_.*|COLUMNS|LINES|SHLVL|PWD|OLDPWD|_)$/;

/** What a caller may not set: it would send the agent's token elsewhere, or load foreign code into the agent. */
const REFUSED =
  /^(AEGIS_.*|MANUS_.*|ELECTRON_.*|LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|BASH_ENV|ENV|ZDOTDIR|PROMPT_COMMAND|PYTHONSTARTUP|PYTHONHOME|PERL5OPT|RUBYOPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|(HTTP|HTTPS|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|CLAUDE_CODE_.*|ANTHROPIC_.*|OPENAI_.*|GOOGLE_GEMINI_.*|TERM|COLORTERM)$/i;

/**
 * Checks the additional environment of a new session.
 * @throws INVALID_INPUT naming every refused variable
 */
export function checkUserEnvironment(env: Environment): void {
  const errors = Object.entries(env).flatMap(([name, value]) => {
    const pointer = `/env/${name}`;
    if (value.includes('\0')) return [{ pointer, detail: 'must not contain a NUL character' }];
    if (REFUSED.test(name) || isAmbientCredential(name)) {
      return [{ pointer, detail: 'would redirect the agent’s keys or load code into it' }];
    }
    return [];
  });
  if (errors.length === 0) return;
  const names = errors.map(({ pointer }) => pointer.slice('/env/'.length)).join(', ');
  throw new AegisError(
    'INVALID_INPUT',
    `These environment variables cannot be set for a session: ${names}.`,
    {
      hint: 'Keys belong into the vault; the session reaches them through the Gate.',
      data: { errors },
    },
  );
}

/** What every session may inherit of the user's own environment. */
export function inheritedEnvironment(login: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(login).filter(
      ([name]) => !NEVER_INHERITED.test(name) && !OTHER_TERMINAL.test(name) && !isAmbientCredential(name),
    ),
  );
}

/**
 * The one place where a session's environment is made: the user's own, without what must not leak, then the caller's
 * checked additions, the agent's needs, and last what only Aegis may say.
 */
export function sessionEnvironment(parts: {
  readonly login: Environment;
  readonly user: Environment;
  readonly agent: Environment;
  /** Gate address and token, per service; names like ANTHROPIC_BASE_URL. */
  readonly gate: Environment;
  readonly aegis: Environment;
}): Record<string, string> {
  const env: Record<string, string> = {
    ...inheritedEnvironment(parts.login),
    ...parts.user,
    ...parts.agent,
    ...parts.gate,
    ...parts.aegis,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    TERM_PROGRAM: 'aegis',
  };
  keepLoopbackDirect(env);
  // A terminal without a UTF-8 locale garbles every box and accent.
  if (process.platform !== 'win32' && !/utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')) {
    env.LC_CTYPE = process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8';
    if (env.LC_ALL !== undefined) delete env.LC_ALL;
  }
  return env;
}

/** With a proxy in the user's environment, calls to the Gate and the hooks must still go straight to this machine. */
function keepLoopbackDirect(env: Record<string, string>): void {
  const proxied = Object.keys(env).some((name) => /^(http|https|all)_proxy$/i.test(name));
  if (!proxied) return;
  for (const name of ['NO_PROXY', 'no_proxy']) {
    const listed = (env[name] ?? '').split(',').filter((entry) => entry.trim() !== '');
    env[name] = [...new Set([...listed, '127.0.0.1', 'localhost', '::1'])].join(',');
  }
}
