import type { JsonValue, Suggestion } from '#contract';
import { field, textField } from './adapter.ts';

/** A rule in Claude Code's own form: `Bash(npm test *)` is `{toolName: 'Bash', ruleContent: 'npm test *'}`. */
export type ClaudeRule = { toolName: string; ruleContent?: string };

/** A person reads each before allowing it for the session: no more of them, and none longer. */
const MAX_RULES = 20;
const MAX_RULE_LENGTH = 1000;

/**
 * The rules "allow for this session" would add: those the agent offers, or one for exactly this call. Offers that are not
 * rules for tools (another permission mode, further folders) are wider than the question and are left out. None: the
 * answer cannot be remembered.
 */
export function sessionRules(tool: string, input: JsonValue, offers: JsonValue | undefined): ClaudeRule[] {
  const offered = (Array.isArray(offers) ? offers : []).flatMap(rulesOf).filter(isReadable);
  if (offered.length > 0) return offered.slice(0, MAX_RULES);
  const exact = exactRule(tool, input);
  return exact ? [exact] : [];
}

export const suggestionsOf = (rules: readonly ClaudeRule[]): Suggestion[] =>
  rules.map((rule, i) => {
    const text = ruleText(rule);
    return { id: `rule-${i + 1}`, rule: text, label: `Do not ask again in this session for ${text}` };
  });

const ruleText = ({ toolName, ruleContent }: ClaudeRule): string =>
  ruleContent === undefined ? toolName : `${toolName}(${ruleContent})`;

const isReadable = (rule: ClaudeRule): boolean => ruleText(rule).length <= MAX_RULE_LENGTH;

function rulesOf(offer: JsonValue): ClaudeRule[] {
  if (field(offer, 'type') !== 'addRules' || field(offer, 'behavior') !== 'allow') return [];
  const rules = field(offer, 'rules');
  return (Array.isArray(rules) ? rules : []).flatMap((rule) => {
    const toolName = textField(rule, 'toolName');
    if (toolName === undefined) return [];
    const ruleContent = textField(rule, 'ruleContent');
    return [ruleContent === undefined ? { toolName } : { toolName, ruleContent }];
  });
}

/** Only what the rule syntax takes literally: no wildcards, no operators (a compound command is matched in parts). */
function exactRule(tool: string, input: JsonValue): ClaudeRule | undefined {
  if (tool === 'Bash') {
    const command = textField(input, 'command') ?? '';
    const literal = /^[^*?;&|<>`$(){}[\]\\\n\r]{1,1000}$/.test(command) && !command.trimEnd().endsWith(':');
    return literal ? { toolName: 'Bash', ruleContent: command } : undefined;
  }
  if (tool === 'Write' || tool === 'Edit' || tool === 'MultiEdit') {
    const path = textField(input, 'file_path') ?? '';
    // `//` is the root of the file system; rules for writing are spelled Edit.
    return /^\/[^*?[\]{}!\\\n\r]{1,1000}$/.test(path)
      ? { toolName: 'Edit', ruleContent: `/${path}` }
      : undefined;
  }
  return undefined;
}
