import type { JsonValue, Risk, RiskLevel } from '#contract';
import { commandFindings, type Finding } from './commands.ts';
import { pathFacts } from './paths.ts';
import { baseName, readShell } from './shell-words.ts';
import { visible } from './visible.ts';

export interface Assessment {
  /** One sentence in our words. */
  readonly summary: string;
  readonly risk: Risk;
}

type Input = { readonly [key: string]: JsonValue };

/**
 * Says in plain words what a tool call would do, and how much care it deserves and why. Advice for a person only:
 * nothing is ever allowed or denied by it.
 */
export function assess(tool: string, input: JsonValue, workDir: string): Assessment {
  const fields: Input = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
  const { summary, findings } = (TOOLS.get(tool) ?? otherTool(tool))(fields, workDir);
  return { summary, risk: weigh([...findings, ...disguises(input)]) };
}

/** Text that reads differently from what it is, wherever in the input it stands. */
function disguises(input: JsonValue): Finding[] {
  return hasDisguise(JSON.stringify(input))
    ? [{ level: 'high', reason: 'Holds hidden characters that can make it look like something else' }]
    : [];
}

/** Families and flags among emoji are joined by a zero-width character: that one is no disguise. */
const EMOJI_JOIN = /(?<=\p{Extended_Pictographic}\ufe0f?)\u200d/gu;

/** Escape sequences, direction marks, zero-width and tag characters. JSON writes control characters as escapes. */
const hasDisguise = (json: string): boolean =>
  /\\u00(?:0[0-7]|0[eE]|1[0-9a-fA-F])|\\b|[\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u.test(
    json.replaceAll('\\\\', '').replace(EMOJI_JOIN, ''),
  );

interface Reading {
  readonly summary: string;
  readonly findings: readonly Finding[];
}

const text = (input: Input, key: string): string => {
  const value = input[key];
  return typeof value === 'string' ? value : '';
};

const bash = (input: Input, workDir: string): Reading => {
  const findings = commandFindings(text(input, 'command'), workDir);
  const worst = [...findings].sort((a, b) => RANK[b.level] - RANK[a.level]).find((finding) => finding.does);
  const background = input.run_in_background === true ? ' in the background' : '';
  return {
    summary: `Run a command${background}${worst?.does ? ` that ${worst.does}` : ''}`,
    findings:
      findings.length > 0 ? findings : [{ level: 'low', reason: 'Known commands inside the project folder' }],
  };
};

const fileChange =
  (verb: (exists: boolean) => string, key: string) =>
  (input: Input, workDir: string): Reading => {
    const path = text(input, key);
    const facts = pathFacts(path === '' ? '.' : path, workDir);
    return {
      summary:
        path === '' ? 'Change a file it does not name' : `${verb(facts.exists)} ${visible(facts.shown)}`,
      findings: [
        path === ''
          ? { level: 'high', reason: 'Does not say which file' }
          : facts.outside
            ? { level: 'high', reason: `Outside the project: ${visible(facts.shown)}` }
            : { level: 'low', reason: 'Inside the project folder' },
        ...(facts.secret
          ? [{ level: 'high' as const, reason: `Looks like credentials: ${visible(facts.shown)}` }]
          : []),
        ...(RUNS_LATER.test(facts.real.replaceAll('\\', '/'))
          ? [{ level: 'medium' as const, reason: 'Its content is run later by other programs' }]
          : []),
      ],
    };
  };

/** Files whose content other programs run: a change there is a command in disguise. */
const RUNS_LATER =
  /(^|\/)(\.git\/(hooks\/|config$)|\.github\/workflows\/|\.husky\/|package\.json$|Makefile$|\.(bash|zsh)rc$|\.profile$|\.vscode\/(tasks|settings)\.json$|\.claude\/)/;

const read = (input: Input, workDir: string): Reading => {
  const facts = pathFacts(text(input, 'file_path') || text(input, 'path') || '.', workDir);
  return {
    summary: `Read ${visible(facts.shown)}`,
    findings: [
      facts.outside
        ? { level: 'medium', reason: `Outside the project: ${visible(facts.shown)}` }
        : { level: 'low', reason: 'Reads inside the project folder' },
      ...(facts.secret
        ? [{ level: 'high' as const, reason: `Looks like credentials: ${visible(facts.shown)}` }]
        : []),
    ],
  };
};

/** More is no address anybody reads, and too much for the patterns below. */
const LONGEST_URL = 8192;
const LONGEST_NAME = 200;

const fetchPage = (input: Input): Reading => {
  const url = text(input, 'url');
  const host = URL.canParse(url) ? new URL(url).host : '';
  return {
    summary: host === '' ? 'Fetch a page' : `Fetch a page from ${visible(host, 100)}`,
    findings: [
      { level: 'medium', reason: 'Reaches the network; what it asks for may carry data out' },
      ...(url.length > LONGEST_URL || /[?&][^=&]*=[^&]{40,}/.test(url)
        ? [{ level: 'high' as const, reason: 'The address carries a lot of data' }]
        : []),
    ],
  };
};

const otherTool =
  (tool: string) =>
  (_input: Input): Reading => {
    const mcp = tool.length > LONGEST_NAME ? null : /^mcp__(.+?)__(.+)$/.exec(tool);
    if (mcp) {
      const [, server = '', name = ''] = mcp;
      return {
        summary: `Use the tool ${visible(name, 80)} of the MCP server ${visible(server, 80)}`,
        findings: [{ level: 'medium', reason: 'What an MCP tool does cannot be told from its name' }],
      };
    }
    return {
      summary: `Use the tool ${visible(tool, 80)}`,
      findings: [{ level: 'medium', reason: 'Aegis does not know what this tool does' }],
    };
  };

const READERS: Readonly<Record<string, (input: Input, workDir: string) => Reading>> = {
  Bash: bash,
  PowerShell: (input) => ({
    summary: 'Run a PowerShell command',
    findings: [{ level: text(input, 'command') === '' ? 'high' : 'medium', reason: 'Runs a command' }],
  }),
  Write: fileChange((exists) => (exists ? 'Overwrite' : 'Create'), 'file_path'),
  Edit: fileChange(() => 'Change', 'file_path'),
  MultiEdit: fileChange(() => 'Change', 'file_path'),
  NotebookEdit: fileChange(() => 'Change the notebook', 'notebook_path'),
  Read: read,
  Glob: read,
  Grep: read,
  LS: read,
  WebFetch: fetchPage,
  WebSearch: (input) => ({
    summary: `Search the web for “${visible(text(input, 'query'), 80)}”`,
    findings: [{ level: 'medium', reason: 'Reaches the network; the query leaves this machine' }],
  }),
  Task: () => ({
    summary: 'Start a sub-agent',
    findings: [{ level: 'medium', reason: 'The sub-agent acts with the rights of this session' }],
  }),
  ExitPlanMode: () => ({
    summary: 'Start working on its plan',
    findings: [{ level: 'medium', reason: 'After this it starts to make changes' }],
  }),
};
/** A map, because a tool may be called `constructor`. */
const TOOLS = new Map(Object.entries(READERS));

const RANK: Readonly<Record<RiskLevel, number>> = { low: 0, medium: 1, high: 2 };

function weigh(findings: readonly Finding[]): Risk {
  const ordered = [...findings].sort((a, b) => RANK[b.level] - RANK[a.level]);
  return {
    level: ordered[0]?.level ?? 'medium',
    reasons: [...new Set(ordered.map((finding) => finding.reason))],
  };
}

/**
 * A tool call in a few words for lists and the ledger: the tool and what it is about, never its content. Of a command
 * only the programs are named, because arguments may hold secrets.
 */
export function describeCall(tool: string, input: JsonValue, workDir: string): string {
  const fields: Input = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
  const path = text(fields, 'file_path') || text(fields, 'notebook_path') || text(fields, 'path');
  const url = text(fields, 'url');
  const about =
    tool === 'Bash'
      ? programsOf(text(fields, 'command'))
      : path !== ''
        ? pathFacts(path, workDir).shown
        : URL.canParse(url)
          ? new URL(url).host
          : '';
  return about === '' ? visible(tool, 80) : `${visible(tool, 80)} ${visible(about)}`;
}

function programsOf(command: string): string {
  const names = readShell(command).commands.map(({ words }) => baseName(words[0] ?? ''));
  const known = [...new Set(names)].filter((name) => /^[A-Za-z0-9._+-]{1,40}$/.test(name));
  return known.length > 5 ? `${known.slice(0, 5).join(', ')}, …` : known.join(', ');
}
