/**
 * Reads a shell command far enough to say what it does: its simple commands with their words and redirections, also
 * those inside substitutions and `sh -c`. It advises a person and never decides, so what it cannot read it admits to
 * (`unclear`) instead of guessing.
 */
export interface SimpleCommand {
  readonly words: readonly string[];
  /** Files written by `>` and `>>`. */
  readonly writes: readonly string[];
  /** Its output is the input of the next one. */
  readonly piped: boolean;
}

export interface ShellCommands {
  readonly commands: readonly SimpleCommand[];
  /** Something in it is only known when it runs: substitutions, variables as programs, eval. */
  readonly unclear: boolean;
}

const MAX_DEPTH = 5;
/** A command longer than this is not taken apart. The person still sees all of it. */
export const MAX_LENGTH = 100_000;

export function readShell(text: string, depth = 0): ShellCommands {
  if (depth > MAX_DEPTH || text.length > MAX_LENGTH) return { commands: [], unclear: true };
  const reader = new Reader(text, depth);
  return reader.read();
}

class Reader {
  readonly #text: string;
  readonly #depth: number;
  #at = 0;
  #unclear = false;
  readonly #commands: SimpleCommand[] = [];
  #words: string[] = [];
  #writes: string[] = [];
  #word: string | undefined;
  /** The next word is the file of this redirection. */
  #redirect: 'write' | 'read' | undefined;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  read(): ShellCommands {
    while (this.#at < this.#text.length) this.#step();
    this.#endCommand(false);
    return { commands: this.#commands, unclear: this.#unclear };
  }

  #step(): void {
    const c = this.#text[this.#at] ?? '';
    if (c === '\\') {
      const next = this.#text[this.#at + 1] ?? '';
      if (next !== '\n') this.#add(next);
      this.#at += 2;
    } else if (c === "'") this.#singleQuoted();
    else if (c === '"') this.#doubleQuoted();
    else if (c === '`' || c === '$') this.#expansion();
    else if (c === '#' && this.#word === undefined) this.#skipComment();
    else if (c === ' ' || c === '\t') {
      this.#endWord();
      this.#at += 1;
    } else if (c === '<' || c === '>') this.#redirection(c);
    else if (/[;&|\n(){}]/.test(c)) this.#operator(c);
    else {
      this.#add(c);
      this.#at += 1;
    }
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  #singleQuoted(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) this.#unclear = true;
    const stop = end < 0 ? this.#text.length : end;
    this.#add(this.#text.slice(this.#at + 1, stop));
    this.#at = stop + 1;
  }

  #doubleQuoted(): void {
    this.#add('');
    this.#at += 1;
    while (this.#at < this.#text.length) {
      const c = this.#text[this.#at] ?? '';
      if (c === '"') {
        this.#at += 1;
        return;
      }
      if (c === '\\') {
        this.#add(this.#text[this.#at + 1] ?? '');
        this.#at += 2;
      } else if (c === '`' || c === '$') this.#expansion();
      else {
        this.#add(c);
        this.#at += 1;
      }
    }
    this.#unclear = true;
  }

  /** `$(…)` and backquotes are commands of their own; a variable stays in the word as it is written. */
  #expansion(): void {
    const rest = this.#text.slice(this.#at);
    const inner = rest.startsWith('$((') ? undefined : substitutionAt(rest);
    if (inner === undefined) {
      this.#add(this.#text[this.#at] ?? '');
      this.#at += 1;
      return;
    }
    this.#unclear = true;
    this.#include(inner.body);
    this.#add(rest.slice(0, inner.length));
    this.#at += inner.length;
  }

  #include(text: string): void {
    const nested = readShell(text, this.#depth + 1);
    this.#commands.push(...nested.commands);
    this.#unclear ||= nested.unclear;
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #redirection(c: '<' | '>'): void {
    const rest = this.#text.slice(this.#at);
    // `2>&1`, `>&-`: no file.
    const duplicate = /^[<>]&[0-9-]+/.exec(rest);
    if (this.#word !== undefined && /^[0-9]+$/.test(this.#word)) this.#word = undefined;
    this.#endWord();
    if (duplicate) {
      this.#at += duplicate[0].length;
      return;
    }
    const operator = /^(>>|>\||>&|<<<|<<-?|<>|<|>)/.exec(rest)?.[0] ?? c;
    this.#at += operator.length;
    if (operator.startsWith('<<') && operator !== '<<<') this.#unclear = true;
    this.#redirect = operator.includes('>') ? 'write' : 'read';
  }

  #operator(c: string): void {
    const pair = this.#text.slice(this.#at, this.#at + 2);
    const long = pair === '&&' || pair === '||' || pair === ';;' || pair === '|&' || pair === '&>';
    this.#at += long ? 2 : 1;
    if (pair === '&>') {
      this.#endWord();
      this.#redirect = 'write';
      return;
    }
    this.#endCommand(c === '|' && pair !== '||');
  }

  #endWord(): void {
    const word = this.#word;
    this.#word = undefined;
    if (word === undefined) return;
    if (this.#redirect === 'write') this.#writes.push(word);
    else if (this.#redirect === undefined) this.#words.push(word);
    this.#redirect = undefined;
  }

  #endCommand(piped: boolean): void {
    this.#endWord();
    this.#redirect = undefined;
    const words = stripPrefixes(this.#words);
    if (words.length > 0 || this.#writes.length > 0) {
      this.#commands.push({ words, writes: this.#writes, piped });
      this.#lookInside(words);
    }
    this.#words = [];
    this.#writes = [];
  }

  /** `sh -c '…'`, `sudo …`, `xargs …`: what they start counts as well. */
  #lookInside(words: readonly string[]): void {
    const program = baseName(words[0] ?? '');
    if (/^(sh|bash|zsh|dash|ksh)$/.test(program)) {
      const script = words.findIndex((word) => /^-[a-z]*c$/.test(word));
      if (script > 0) this.#include(words[script + 1] ?? '');
    } else if (program === 'eval') {
      this.#unclear = true;
      this.#include(words.slice(1).join(' '));
    } else if (WRAPPERS.has(program)) {
      const start = words.findIndex((word, i) => i > 0 && !word.startsWith('-') && !word.includes('='));
      if (start > 0) {
        const inner = words.slice(start);
        this.#commands.push({ words: inner, writes: [], piped: false });
        this.#lookInside(inner);
      }
    } else if (program.startsWith('$')) this.#unclear = true;
  }
}

/** Programs that run the command given as their arguments. */
const WRAPPERS = new Set([
  'sudo',
  'doas',
  'env',
  'nohup',
  'time',
  'nice',
  'xargs',
  'exec',
  'command',
  'timeout',
]);

const KEYWORDS = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', 'time']);

/** Leading keywords and `NAME=value` assignments are not the program. */
function stripPrefixes(words: readonly string[]): string[] {
  let start = 0;
  while (start < words.length) {
    const word = words[start] ?? '';
    if (!KEYWORDS.has(word) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) break;
    start += 1;
  }
  return words.slice(start);
}

export const baseName = (program: string): string => program.slice(program.lastIndexOf('/') + 1);

function substitutionAt(text: string): { body: string; length: number } | undefined {
  if (text.startsWith('`')) {
    const end = text.indexOf('`', 1);
    return end < 0 ? undefined : { body: text.slice(1, end), length: end + 1 };
  }
  if (!text.startsWith('$(')) return undefined;
  let depth = 0;
  for (let i = 1; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    if (depth === 0) return { body: text.slice(2, i), length: i + 1 };
  }
  return undefined;
}
