import type { RiskLevel } from '#contract';
import { type PathFacts, pathFacts } from './paths.ts';
import { baseName, MAX_LENGTH, readShell, type ShellCommands, type SimpleCommand } from './shell-words.ts';
import { visible } from './visible.ts';

export interface Finding {
  readonly level: RiskLevel;
  readonly reason: string;
  /** Continues the sentence "Run a command that …"; the most serious one is used. */
  readonly does?: string;
}

/** Programs that only look, when they get no redirection. */
const READ_ONLY = new Set(
  'ls cat head tail less more wc grep rg egrep fgrep find fd tree file stat du df pwd echo printf which whereis type date whoami id uname hostname env printenv true false test [ sort uniq cut tr diff cmp basename dirname realpath readlink jq column nl ps uptime cd'.split(
    ' ',
  ),
);
/** Ordinary work inside a project folder. */
const ORDINARY = new Set('touch mkdir cp mv ln sed awk tee rmdir'.split(' '));
const NETWORK = new Set(
  'curl wget ssh scp sftp rsync nc ncat netcat telnet ftp ping dig nslookup host gh aws gcloud az kubectl socat'.split(
    ' ',
  ),
);
const SHELLS = /^(sh|bash|zsh|dash|ksh|fish|python[0-9.]*|perl|ruby|node|php)$/;
const GIT_READ_ONLY = new Set(
  'status log diff show branch remote rev-parse ls-files blame describe shortlog tag'.split(' '),
);
const GIT_NETWORK = new Set('push pull fetch clone ls-remote submodule'.split(' '));
const PACKAGE_MANAGERS = new Set(
  'npm npx pnpm yarn bun pip pip3 uv poetry cargo go gem bundle composer apt apt-get brew'.split(' '),
);
/** Devices that swallow or make output: writing there is not writing outside the project. */
const HARMLESS = /^\/dev\/(null|stdout|stderr|tty|zero|random|urandom|fd\/[0-9]+)$/;

/** Each is looked up on the disk; a command with more is one to read. */
const MAX_PATHS = 200;

/** What is worth saying about a shell command, the most serious first. */
export function commandFindings(command: string, workDir: string): Finding[] {
  const shell = readShell(command);
  const paths = new Paths(workDir);
  const findings = [
    ...shell.commands.flatMap((simple) => [...programFindings(simple), ...pathFindings(simple, paths)]),
    ...pipelineFindings(shell),
  ];
  if (paths.tooMany) {
    findings.push({
      level: 'high',
      reason: 'Names more files than are looked at here: read it before you allow it',
    });
  }
  if (/:\s*\(\s*\)\s*\{/.test(command)) {
    findings.push({ level: 'high', reason: 'Defines a function that starts itself: a fork bomb' });
  }
  if (command.length > MAX_LENGTH) {
    findings.push({ level: 'high', reason: 'Too long to be taken apart here: read it before you allow it' });
  } else if (shell.unclear) {
    findings.push({ level: 'medium', reason: 'Part of it is only known when it runs' });
  }
  return findings;
}

function programFindings(simple: SimpleCommand): Finding[] {
  const [first = '', ...args] = simple.words;
  const program = baseName(first);
  const special = SPECIAL.get(program)?.(args);
  if (special) return special;
  if (READ_ONLY.has(program) || ORDINARY.has(program) || program === '') return [];
  if (NETWORK.has(program)) {
    return [{ level: 'medium', reason: `Reaches the network (${program})`, does: 'reaches the network' }];
  }
  if (PACKAGE_MANAGERS.has(program)) return [packageFinding(program, args)];
  return [{ level: 'medium', reason: `Runs ${visible(program, 40)}, whose effect cannot be told from here` }];
}

function packageFinding(program: string, args: readonly string[]): Finding {
  const verb = args.find((arg) => !arg.startsWith('-')) ?? '';
  if (
    /^(install|i|ci|add|update|upgrade|get|sync|exec|dlx|create|init|publish)$/.test(verb) ||
    program === 'npx'
  ) {
    return {
      level: 'medium',
      reason: `Downloads packages and may run their scripts (${program} ${visible(verb, 30)})`.replace(
        ' )',
        ')',
      ),
      does: 'downloads packages',
    };
  }
  return { level: 'medium', reason: `Runs a script of the project (${program} ${visible(verb, 30)})` };
}

const has = (args: readonly string[], short: string, long: string): boolean =>
  args.some((arg) => arg === long || (/^-[A-Za-z]+$/.test(arg) && arg.includes(short)));

const high = (reason: string, does: string): Finding[] => [{ level: 'high', reason, does }];

const removes = (program: string) => (args: readonly string[]) => {
  const recursive = has(args, 'r', '--recursive') || has(args, 'R', '--recursive');
  if (recursive) {
    const force = has(args, 'f', '--force') ? 'f' : '';
    return high(`Deletes folders and all they hold (${program} -r${force})`, 'deletes folders');
  }
  return [{ level: 'medium' as const, reason: `Deletes files (${program})`, does: 'deletes files' }];
};

const becomesRoot = (program: string) => () =>
  high(`Runs with administrator rights (${program})`, 'runs with administrator rights');
const overwritesDisk = (program: string) => () =>
  high(`Writes to disks or file systems directly (${program})`, 'may overwrite a disk');
const changesAccess = (program: string) => (args: readonly string[]) =>
  has(args, 'R', '--recursive')
    ? high(`Changes access rights of whole folders (${program} -R)`, 'changes access rights of whole folders')
    : [{ level: 'medium' as const, reason: `Changes access rights (${program})` }];
const stopsProcesses = (program: string) => () => [
  { level: 'medium' as const, reason: `Ends processes (${program})`, does: 'ends processes' },
];
const stopsMachine = (program: string) => () =>
  high(`Stops or restarts the machine (${program})`, 'stops the machine');

const SPECIAL = new Map<string, (args: readonly string[]) => Finding[] | undefined>(
  Object.entries({
    rm: removes('rm'),
    unlink: removes('unlink'),
    shred: () => high('Destroys the content of files (shred)', 'destroys files'),
    truncate: () => [{ level: 'medium', reason: 'Cuts files short (truncate)', does: 'cuts files short' }],
    sudo: becomesRoot('sudo'),
    doas: becomesRoot('doas'),
    su: becomesRoot('su'),
    dd: overwritesDisk('dd'),
    mkfs: overwritesDisk('mkfs'),
    fdisk: overwritesDisk('fdisk'),
    parted: overwritesDisk('parted'),
    chmod: changesAccess('chmod'),
    chown: changesAccess('chown'),
    kill: stopsProcesses('kill'),
    killall: stopsProcesses('killall'),
    pkill: stopsProcesses('pkill'),
    shutdown: stopsMachine('shutdown'),
    reboot: stopsMachine('reboot'),
    crontab: () => high('Changes what runs by itself later (crontab)', 'changes scheduled jobs'),
    find: (args) =>
      args.some((arg) => arg === '-delete' || arg.startsWith('-exec'))
        ? high('Deletes or changes every file it finds (find)', 'changes every file it finds')
        : undefined,
    sed: (args) =>
      args.some((arg) => arg.startsWith('-i') || arg === '--in-place')
        ? [{ level: 'medium', reason: 'Changes files in place (sed -i)', does: 'changes files' }]
        : undefined,
    git: gitFindings,
  }),
);

function gitFindings(args: readonly string[]): Finding[] {
  const verb =
    args.find((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-C' && args[i - 1] !== '-c') ?? '';
  if (
    verb === 'push' &&
    args.some((arg) => /^(-f|--force(-with-lease)?(=.*)?|--mirror|--delete|-d)$/.test(arg) || /^\+/.test(arg))
  ) {
    return high('Rewrites or deletes what others see (git push --force)', 'rewrites a shared branch');
  }
  if (verb === 'reset' && args.includes('--hard')) {
    return high('Throws away uncommitted work (git reset --hard)', 'throws away uncommitted work');
  }
  if (verb === 'clean' && has(args, 'f', '--force')) {
    return high('Deletes untracked files (git clean -f)', 'deletes untracked files');
  }
  if (verb === 'push') {
    return [{ level: 'medium', reason: 'Publishes commits (git push)', does: 'publishes commits' }];
  }
  if (GIT_NETWORK.has(verb)) return [{ level: 'medium', reason: `Reaches the network (git ${verb})` }];
  if (GIT_READ_ONLY.has(verb)) return [];
  return [{ level: 'medium', reason: `Changes the repository (git ${visible(verb, 30)})` }];
}

/** `curl … | sh`: what comes from the network is run unread. */
function pipelineFindings({ commands }: ShellCommands): Finding[] {
  return commands.flatMap((simple, i) => {
    if (!simple.piped || !NETWORK.has(baseName(simple.words[0] ?? ''))) return [];
    for (let next = i + 1; next < commands.length; next += 1) {
      const program = baseName(commands[next]?.words[0] ?? '');
      if (SHELLS.test(program) || program === 'sudo') {
        return high(`Runs what it downloads, unread (… | ${program})`, 'runs what it downloads');
      }
      if (!commands[next]?.piped) break;
    }
    return [];
  });
}

/** Looks a command's paths up, each once, and not without end. */
class Paths {
  readonly #workDir: string;
  readonly #known = new Map<string, PathFacts>();
  tooMany = false;

  constructor(workDir: string) {
    this.#workDir = workDir;
  }

  facts(path: string): PathFacts | undefined {
    const known = this.#known.get(path);
    if (known) return known;
    if (this.#known.size >= MAX_PATHS) {
      this.tooMany = true;
      return undefined;
    }
    const facts = pathFacts(path, this.#workDir);
    this.#known.set(path, facts);
    return facts;
  }
}

function pathFindings(simple: SimpleCommand, paths: Paths): Finding[] {
  const program = baseName(simple.words[0] ?? '');
  const changes = !READ_ONLY.has(program) || simple.writes.length > 0;
  const findings: Finding[] = [];
  for (const file of simple.writes) {
    if (HARMLESS.test(file)) continue;
    const facts = paths.facts(file);
    if (facts?.outside) findings.push(outside('Writes', facts.shown, 'high'));
    if (facts?.secret) findings.push(secret(facts.shown));
  }
  for (const word of simple.words.slice(1)) {
    const path = pathIn(word);
    if (path === undefined || HARMLESS.test(path)) continue;
    const facts = paths.facts(path);
    if (facts?.outside) findings.push(outside('Names', facts.shown, changes ? 'high' : 'medium'));
    if (facts?.secret) findings.push(secret(facts.shown));
  }
  return findings;
}

const outside = (verb: string, shown: string, level: RiskLevel): Finding => ({
  level,
  reason: `${verb} a path outside the project: ${visible(shown)}`,
  does: 'reaches outside the project',
});

const secret = (shown: string): Finding => ({
  level: 'high',
  reason: `Touches what looks like credentials: ${visible(shown)}`,
  does: 'touches credentials',
});

/** The path in a word, if it looks like one: `/etc/x`, `../y`, `~/z`, `.env`, `--file=/etc/x`. */
function pathIn(word: string): string | undefined {
  const value = /^-{1,2}[A-Za-z][\w-]*=(.+)$/.exec(word)?.[1] ?? word.replace(/^@/, '');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return undefined;
  if (/^(~|\$HOME|\$\{HOME\}|\/|\.\.?(\/|$))/.test(value)) return value;
  if (value.startsWith('-')) return undefined;
  return value.includes('/') || /^\.[a-z]|\.(pem|key|p12|pfx)$|^id_|^credentials/i.test(value)
    ? value
    : undefined;
}
