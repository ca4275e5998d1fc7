#!/usr/bin/env node
/**
 * The demo agent: a small stand-in for a coding agent that needs no account. It does what a real one does under Aegis,
 * by the same means: it calls its "model" through the Gate with a throw-away token, reports what it does to the hook
 * endpoint, and waits for leave before it acts. Plain Node, no dependencies.
 *
 *   AEGIS_GATE_URL, AEGIS_AGENT_TOKEN   where and as whom it calls the demo service
 *   AEGIS_HOOK_URL, AEGIS_HOOK_TOKEN    where and as whom it reports and asks
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { AEGIS_GATE_URL, AEGIS_AGENT_TOKEN, AEGIS_HOOK_URL, AEGIS_HOOK_TOKEN } = process.env;
const dashes = process.argv.indexOf('--');
const FIRST_PROMPT =
  dashes < 0
    ? ''
    : process.argv
        .slice(dashes + 1)
        .join(' ')
        .trim();
const NOTE = 'aegis-demo.txt';

const paint = (code) => (text) => `\x1b[${code}m${text}\x1b[0m`;
const bold = paint('1');
const dim = paint('2');
const teal = paint('38;2;45;190;175');
const green = paint('38;2;80;190;110');
const amber = paint('38;2;225;170;60');
const red = paint('38;2;230;95;90');
const say = (text = '') => process.stdout.write(`${text}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One POST. `signal` aborts it; there is no time limit, because a person may take hours to answer. */
function post(url, headers, body, onChunk, signal) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const request = httpRequest(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          ...headers,
        },
        signal,
      },
      (response) => {
        let all = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          all += chunk;
          onChunk?.(chunk, response.statusCode);
        });
        response.on('end', () => resolve({ status: response.statusCode, text: all }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

async function hook(event, body, signal) {
  if (!AEGIS_HOOK_URL) return {};
  const headers = { authorization: `Bearer ${AEGIS_HOOK_TOKEN}` };
  const answer = await post(
    `${AEGIS_HOOK_URL}/${event}`,
    headers,
    { hook_event_name: event, ...body },
    undefined,
    signal,
  );
  try {
    return JSON.parse(answer.text);
  } catch {
    return {};
  }
}
const report = (event, body = {}) => hook(event, body).catch(() => ({}));

/** Writes words as they come, broken at the terminal's width, without a blank before punctuation. */
function wordWriter(indent) {
  let column = indent;
  return (text) => {
    for (const word of text.split(/\s+/).filter(Boolean)) {
      const gap = column === indent || /^[.,;:!?]/.test(word) ? 0 : 1;
      if (column + gap + word.length > (process.stdout.columns ?? 80)) {
        process.stdout.write(`\n${' '.repeat(indent)}`);
        column = indent;
      } else if (gap) {
        process.stdout.write(' ');
        column += 1;
      }
      process.stdout.write(word);
      column += word.length;
    }
  };
}

/** Streams the service's answer through the Gate, word by word as it comes. */
async function askModel(prompt) {
  if (!AEGIS_GATE_URL) {
    say(red('  There is no Gate in my environment, so I cannot call the service.'));
    return;
  }
  process.stdout.write(`${teal('●')} `);
  const write = wordWriter(2);
  let rest = '';
  const onChunk = (chunk, status) => {
    if (status !== 200) return;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const { text } = JSON.parse(line.slice(6));
      if (typeof text === 'string') write(text);
    }
  };
  try {
    const headers = { authorization: `Bearer ${AEGIS_AGENT_TOKEN}` };
    const answer = await post(
      `${AEGIS_GATE_URL}/demo/v1/answer`,
      headers,
      { prompt: prompt.slice(0, 500) },
      onChunk,
    );
    say();
    if (answer.status !== 200)
      say(red(`  The Gate refused with ${answer.status}: ${answer.text.slice(0, 300)}`));
  } catch (error) {
    say();
    say(red(`  The Gate cannot be reached: ${error.message}`));
  }
}

/** Rules from answers "for this session": such a call is not asked again. */
const remembered = new Set();
const ruleFor = (tool, input) => `${tool}(${tool === 'Edit' ? `/${input.file_path}` : input.command})`;

/** The next key pressed in the terminal. `stop` gives up waiting. */
function nextKey() {
  let stop = () => undefined;
  const key = new Promise((resolve) => {
    const onData = (data) => {
      stop();
      resolve(data.toString('utf8'));
    };
    stop = () => {
      process.stdin.off('data', onData);
      process.stdin.setRawMode?.(false);
      process.stdin.pause();
    };
    process.stdin.setRawMode?.(true);
    process.stdin.resume();
    process.stdin.on('data', onData);
  });
  return { key, stop: () => stop() };
}

/**
 * Asks for leave here and in Aegis at once; whoever answers first decides, and only once.
 * @returns {Promise<{allowed: boolean, here: boolean, reason?: string}>}
 */
async function askLeave(call) {
  const gaveUp = new AbortController();
  const keys = { stop: () => undefined };
  const inAegis = hook('PermissionRequest', { ...call, permission_suggestions: [] }, gaveUp.signal).then(
    (answer) => {
      const decision = answer?.hookSpecificOutput?.decision;
      if (decision?.behavior === 'allow') {
        for (const rule of (decision.updatedPermissions ?? []).flatMap((update) => update.rules ?? [])) {
          remembered.add(`${rule.toolName}(${rule.ruleContent})`);
        }
        return { allowed: true, here: false };
      }
      if (decision?.behavior === 'deny') return { allowed: false, here: false, reason: decision.message };
      // No decision: only the terminal can answer now.
      return new Promise(() => undefined);
    },
    () => new Promise(() => undefined),
  );
  const inTerminal = (async () => {
    for (;;) {
      const { key, stop } = nextKey();
      keys.stop = stop;
      const pressed = (await key).toLowerCase();
      if (pressed === '\x03') leave(130);
      if (pressed === 'y') return { allowed: true, here: true };
      if (pressed === 'n' || pressed === '\x1b') return { allowed: false, here: true };
    }
  })();
  const first = await Promise.race([inAegis, inTerminal]);
  keys.stop();
  return { ...first, close: () => gaveUp.abort() };
}

/** A tool call as a real agent makes one: report it, ask, do it or not, report how it ended. */
async function callTool(tool_name, tool_input, show, run) {
  const call = { tool_name, tool_input, permission_mode: 'default' };
  const tool_use_id = `demo_${randomUUID()}`;
  await report('PreToolUse', { ...call, tool_use_id });
  if (remembered.has(ruleFor(tool_name, tool_input))) {
    say(`${green('✔')} ${run()} ${dim('(allowed for this session)')}`);
    await report('PostToolUse', { ...call, tool_use_id, duration_ms: 1 });
    return true;
  }
  say();
  say(`${amber('?')} ${bold('May I?')}`);
  show();
  say(dim('  Answer in Aegis, or here:  y  allow   n  deny'));
  const answer = await askLeave(call);
  const where = answer.here ? 'here in the terminal' : 'in Aegis';
  if (answer.allowed) {
    const done = run();
    say(`${green('✔')} Allowed ${where}. ${done}`);
    await report('PostToolUse', { ...call, tool_use_id, tool_response: done, duration_ms: 1 });
  } else {
    say(
      `${red('✖')} Denied ${where}${answer.reason ? `: ${bold(answer.reason)}` : ''}. ${dim('I leave it.')}`,
    );
    if (answer.here) await report('PermissionDenied', { ...call, tool_use_id });
  }
  answer.close();
  return answer.allowed;
}

async function makeNote() {
  const command = `echo "Hello from the Aegis demo agent" > ${NOTE}`;
  return callTool(
    'Bash',
    { command, description: 'Write a short note into this folder' },
    () => say(`  ${bold('Run a command')}  ${teal(command)}`),
    () => {
      spawnSync(command, { shell: true, stdio: 'ignore' });
      return existsSync(NOTE) ? `There is a new file ${bold(NOTE)}.` : 'The command ran, but left no file.';
    },
  );
}

async function changeNote() {
  const path = join(process.cwd(), NOTE);
  if (!existsSync(path)) return;
  const before = readFileSync(path, 'utf8');
  const after = `${before}Every change I make is asked for first.\n`;
  await callTool(
    'Edit',
    { file_path: path, old_string: before, new_string: after },
    () => {
      say(`  ${bold('Change')} ${teal(NOTE)}`);
      for (const line of before.trimEnd().split('\n')) say(dim(`    ${line}`));
      say(green('  + Every change I make is asked for first.'));
    },
    () => {
      writeFileSync(path, after);
      return 'The line is in.';
    },
  );
}

async function work(prompt) {
  await report('UserPromptSubmit', { prompt });
  await askModel(prompt);
}

function leave(code) {
  process.stdin.setRawMode?.(false);
  say();
  report('SessionEnd', { reason: 'exit' }).then(() => process.exit(code));
}

async function main() {
  say();
  say(`  ${teal('◆')} ${bold('Aegis demo agent')}`);
  say(dim('  I have no key, only a throw-away token. Everything I do shows up in Aegis.'));
  say();
  await pause(300);
  await work(FIRST_PROMPT || 'Show me how Aegis works');
  await makeNote();
  await changeNote();
  await report('Stop', { last_assistant_message: 'Done.', background_tasks: [] });
  say();
  say(`${teal('●')} That is the whole story. ${dim('Look at the Ledger in Aegis.')}`);
  prompt();
}

function prompt() {
  say();
  say(dim('  Type something for the demo service, or q to leave.'));
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: `${teal('❯')} ` });
  lines.prompt();
  lines.on('line', async (line) => {
    const text = line.trim();
    if (text === 'q' || text === 'quit' || text === 'exit') {
      lines.close();
      return;
    }
    if (text !== '') {
      await work(text);
      await report('Stop', { last_assistant_message: '', background_tasks: [] });
    }
    lines.prompt();
  });
  lines.on('close', () => leave(0));
}

main().catch((error) => {
  say(red(`The demo agent failed: ${error.message}`));
  process.exitCode = 1;
});
