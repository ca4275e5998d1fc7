/**
 * Marks the parts of a command or path a reader should not overlook. It only draws the eye: it never allows
 * anything, and what it does not mark is not thereby safe. The risk level comes from the control plane.
 */

export interface Mark {
  /** Offsets into the text: start inclusive, end exclusive. */
  start: number;
  end: number;
  level: 'danger' | 'notice';
  /** Short words for the tooltip: "deletes files". */
  reason: string;
}

interface Pattern {
  /** Must be linear: no nested quantifiers, bounded gaps. */
  regex: RegExp;
  level: Mark['level'];
  reason: string;
}

const COMMAND = '(?<![\\w./-])';
const p = (source: string, level: Mark['level'], reason: string, flags = 'g'): Pattern => ({
  regex: new RegExp(source, flags),
  level,
  reason,
});

const SHELL_PATTERNS: readonly Pattern[] = [
  p(`${COMMAND}rm\\s+(?:-{1,2}[\\w-]+\\s+){0,8}`, 'danger', 'deletes files'),
  p(`${COMMAND}(?:rmdir|shred|unlink|truncate)\\b`, 'danger', 'deletes or empties files'),
  p('\\s-delete\\b', 'danger', 'deletes what find finds'),
  p(`${COMMAND}(?:sudo|doas|su|pkexec)\\b`, 'danger', 'runs with more rights'),
  p(`${COMMAND}(?:mkfs[\\w.]*|fdisk|parted|wipefs)\\b`, 'danger', 'changes disks'),
  p(`${COMMAND}dd\\s[^\\n]{0,200}?of=\\S+`, 'danger', 'writes a device or file byte by byte'),
  p('>\\s*/dev/(?!null\\b|stdout\\b|stderr\\b|tty\\b)\\w+', 'danger', 'writes to a device'),
  p(
    '\\|\\s*(?:sudo\\s+)?(?:/\\S*/)?(?:ba|z|da|k|fi)?sh\\b|\\|\\s*(?:sudo\\s+)?(?:python3?|node|perl|ruby|php)\\b',
    'danger',
    'runs what the command before it prints',
  ),
  p(`${COMMAND}(?:eval|source)\\s|${COMMAND}exec\\s+(?!\\d*[<>])`, 'danger', 'runs text as a command'),
  p('\\$\\(|`|<\\(', 'notice', 'runs a command inside the command'),
  p(`${COMMAND}base64\\s+(?:-d|-D|--decode)\\b|\\bxxd\\s+-r\\b`, 'danger', 'unpacks hidden text'),
  p(`${COMMAND}chmod\\s[^\\n;|&]{0,80}(?:777|a\\+\\w*w|\\+s)\\S*`, 'danger', 'opens files to everybody'),
  p(`${COMMAND}(?:chown|chgrp|chattr|setfacl)\\b`, 'danger', 'changes who owns files'),
  p(
    `${COMMAND}git\\s+push\\b[^\\n;|&]{0,200}?(?:--force\\b|--force-with-lease\\b|\\s-f\\b)`,
    'danger',
    'rewrites history on the server',
  ),
  p(
    `${COMMAND}git\\s+(?:reset\\s+--hard|clean\\s+-\\w*f\\w*|checkout\\s+(?:--\\s+)?\\.|restore\\s+\\.|stash\\s+(?:drop|clear)|branch\\s+-D)`,
    'danger',
    'throws work away',
  ),
  p('--no-verify\\b|--no-gpg-sign\\b', 'danger', 'skips checks'),
  p(`${COMMAND}(?:kill|pkill|killall)\\b`, 'danger', 'ends processes'),
  p(`${COMMAND}(?:shutdown|reboot|poweroff|halt)\\b`, 'danger', 'stops the computer'),
  p(`${COMMAND}(?:systemctl|service|launchctl|crontab|at)\\s`, 'danger', 'changes what runs by itself'),
  p(':\\s*\\(\\s*\\)\\s*\\{', 'danger', 'a fork bomb'),
  p(
    `${COMMAND}(?:npm|pnpm|yarn|cargo|gem|twine)\\s+(?:publish|push|upload|unpublish)\\b`,
    'danger',
    'publishes a package',
  ),
  p(
    `${COMMAND}(?:terraform|tofu|pulumi)\\s+(?:apply|destroy|up)\\b|${COMMAND}kubectl\\s+(?:delete|apply|exec)\\b|${COMMAND}docker\\s+(?:system\\s+prune|rm|rmi|volume\\s+rm)\\b`,
    'danger',
    'changes running systems',
  ),
  p(
    '\\b(?:drop|truncate)\\s+(?:table|database|schema)\\b|\\bdelete\\s+from\\b',
    'danger',
    'deletes data',
    'gi',
  ),
  p(
    `${COMMAND}(?:ssh|scp|sftp|rsync|nc|ncat|netcat|telnet|ftp|socat)\\s`,
    'danger',
    'talks to another computer',
  ),
  p(`${COMMAND}(?:curl|wget|http|https|aria2c)\\s`, 'notice', 'uses the network'),
  p(`${COMMAND}(?:npx|bunx|uvx|pipx\\s+run)\\s`, 'notice', 'may download and run a package'),
  p(
    `${COMMAND}(?:npm|pnpm|yarn|pip3?|cargo|gem|brew|apt(?:-get)?|dnf|pacman)\\s+(?:install|i|add|ci)\\b`,
    'notice',
    'installs software',
  ),
  p(`${COMMAND}(?:history\\s+-c|unset\\s+HISTFILE|set\\s+\\+o\\s+history)`, 'danger', 'hides its traces'),
  p(`${COMMAND}(?:printenv|env)\\b(?=\\s*(?:$|[|;>&\\n]))`, 'notice', 'prints the environment'),
  p('>>?\\s*(?:~|\\$HOME|/(?!dev/(?:null|stdout|stderr|tty)\\b))\\S*', 'notice', 'writes to a fixed place'),
];

/** Places that hold secrets or decide what runs; marked in commands and in file paths alike. */
const PLACE_PATTERNS: readonly Pattern[] = [
  p(
    '(?:~|\\$HOME|/home/[^\\s/]{1,64}|/root|/Users/[^\\s/]{1,64})?/\\.(?:ssh|aws|gnupg|kube|docker|aegis|netrc|npmrc|pypirc|config/gcloud|git-credentials)\\b[^\\s\'"]{0,200}',
    'danger',
    'a place that holds secrets',
  ),
  p(
    '(?:^|[\\s\'"/=])\\.env(?:\\.[\\w-]+)?(?=$|[\\s\'";|&])',
    'danger',
    'a file that often holds secrets',
    'gm',
  ),
  p(
    '\\bid_(?:rsa|ed25519|ecdsa|dsa)\\b|\\b[\\w.-]{1,64}\\.(?:pem|key|p12|pfx|kdbx)\\b',
    'danger',
    'a private key',
  ),
  p('/etc/(?:passwd|shadow|sudoers|hosts|ssh|cron)[^\\s\'"]{0,100}', 'danger', 'a system file'),
  p(
    '(?:^|[\\s\'"/])\\.(?:bashrc|zshrc|profile|bash_profile|zprofile|gitconfig)\\b',
    'danger',
    'a file that runs at every start',
    'gm',
  ),
  p(
    '(?:^|[\\s\'"/])\\.(?:git/(?:hooks|config)|github/workflows|husky|vscode/tasks)\\b[^\\s\'"]{0,100}',
    'danger',
    'a file that runs by itself',
    'gm',
  ),
  p('(?:^|[\\s\'"=])(?:\\.\\./){1,64}[^\\s\'"]{0,200}', 'notice', 'leads out of its folder', 'gm'),
  p('https?://[^\\s\'"<>|;)\\]]{1,2000}', 'notice', 'an address on the network', 'gi'),
];

/** More marks than this help nobody; the caller is told by `more`. */
export const MAX_MARKS = 500;

export interface Marks {
  marks: Mark[];
  /** True when there were more than MAX_MARKS. */
  more: boolean;
}

/** Marks in a shell command. `workDir` is the session's folder: absolute paths elsewhere are marked. */
export function markCommand(text: string, workDir: string): Marks {
  return collect(text, [...SHELL_PATTERNS, ...PLACE_PATTERNS], workDir);
}

/** Marks in a path, a URL or other text that is not run. */
export function markPlaces(text: string, workDir: string): Marks {
  return collect(text, PLACE_PATTERNS, workDir);
}

/** True when an absolute path does not lie in the folder. Textual: links are resolved by the control plane. */
export function isOutside(path: string, workDir: string): boolean {
  if (path.startsWith('~') || path.startsWith('$HOME')) return true;
  if (!path.startsWith('/')) return path.split('/').includes('..');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const folder = workDir.split('/').filter((part) => part !== '');
  return folder.some((part, index) => parts[index] !== part);
}

const ABSOLUTE = /(?<![\w:/.$~-])(?:~|\$HOME)?\/[^\s'"<>|;&()`\\]{1,4000}/g;
/** Harmless places every command names. */
const ORDINARY = /^\/(?:dev\/(?:null|stdout|stderr|stdin|tty)|bin\/\w+|usr\/bin\/\w+)$/;

function collect(text: string, patterns: readonly Pattern[], workDir: string): Marks {
  const found: Mark[] = [];
  for (const { regex, level, reason } of patterns) {
    let count = 0;
    for (const match of text.matchAll(regex)) {
      if (match[0].trim() === '') continue;
      const lead = match[0].length - match[0].trimStart().length;
      found.push({ start: match.index + lead, end: match.index + match[0].trimEnd().length, level, reason });
      if (++count > MAX_MARKS) break;
    }
  }
  let paths = 0;
  for (const match of text.matchAll(ABSOLUTE)) {
    if (ORDINARY.test(match[0]) || !isOutside(match[0], workDir)) continue;
    found.push({
      start: match.index,
      end: match.index + match[0].length,
      level: 'notice',
      reason: 'outside the folder',
    });
    if (++paths > MAX_MARKS) break;
  }
  const marks = withoutOverlap(found);
  return { marks: marks.slice(0, MAX_MARKS), more: marks.length > MAX_MARKS };
}

/** Sorts by place; where two overlap, danger wins over notice and the reasons are joined. */
function withoutOverlap(found: Mark[]): Mark[] {
  const sorted = found.sort((a, b) => a.start - b.start || b.end - a.end);
  const out: Mark[] = [];
  for (const mark of sorted) {
    const last = out.at(-1);
    if (!last || mark.start >= last.end) {
      out.push({ ...mark });
      continue;
    }
    last.end = Math.max(last.end, mark.end);
    if (mark.level === 'danger') last.level = 'danger';
    if (!last.reason.split('; ').includes(mark.reason)) last.reason += `; ${mark.reason}`;
  }
  return out;
}
