import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AUDIT_ACTIONS, AuditEntry, AuditFilter, auditContract } from '#contract';
import { toEntry } from './canonical.ts';
import { CSV_COLUMNS } from './export-format.ts';
import { EXACT_FIELDS } from './filter.ts';
import { COLUMNS } from './index-schema.ts';

const docs = readFileSync(fileURLToPath(new URL('../../../docs/ledger.md', import.meta.url)), 'utf8');

test('docs/ledger.md lists exactly the events there are', () => {
  const section = docs.slice(docs.indexOf('\n## Events'), docs.indexOf('\n## Reading'));
  const rows = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, action, what]) => [action, what]);
  expect(Object.fromEntries(rows)).toEqual(AUDIT_ACTIONS);
});

test('docs/ledger.md lists every field, filter and route', () => {
  for (const field of Object.keys(AuditEntry.shape)) expect(docs).toContain(`\`${field}\``);
  for (const field of EXACT_FIELDS) expect(docs).toMatch(new RegExp(`Filters: .*\\b${field}\\b`));
  for (const { '~orpc': procedure } of Object.values(auditContract)) {
    expect(docs).toContain(`${procedure.route.method} ${procedure.route.path}`);
  }
});

test('entries, filters, columns and exports know every field of the contract', () => {
  const fields = Object.keys(AuditEntry.shape).sort();
  const entry = toEntry(
    { action: 'app.started', outcome: 'info', actor: 'a' },
    'aud_x' as AuditEntry['id'],
    '',
  );
  expect(Object.keys(entry).sort()).toEqual(fields);
  expect([...CSV_COLUMNS].sort()).toEqual(fields);
  const filtered = Object.keys(AuditFilter.shape).filter((field) => !['since', 'until', 'q'].includes(field));
  expect([...EXACT_FIELDS].sort()).toEqual(filtered.sort());
  expect(COLUMNS.filter((column) => column !== 'time').sort()).toEqual(filtered);
});
