import type { AuditExportFormat, AuditFilter } from '#contract';
import { pagePath } from '../../client/page-path.ts';
import { queryPath } from './copy-as.ts';

/** Address of the file at the HTTP door of this console. */
export const exportPath = (filter: AuditFilter, format: AuditExportFormat, proofs: boolean): string =>
  queryPath(`${pagePath()}/v1/audit/export`, filter, { format, ...(proofs ? { proofs: 'true' } : {}) });

/** `aegis-ledger-2026-11-21T2158.csv` */
export const exportName = (format: AuditExportFormat, now: Date = new Date()): string =>
  `aegis-ledger-${now.toISOString().slice(0, 16).replace(':', '')}.${format}`;

export const EXPORT_TYPES: Record<AuditExportFormat, string> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/jsonl',
};

/** Hands an address to the browser's own downloads. */
export function download(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}
