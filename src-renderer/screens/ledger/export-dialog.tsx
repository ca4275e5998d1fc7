import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { AuditExportFormat, AuditFilter } from '#contract';
import { AuditExportFormat as Format } from '#contract';
import { client, isDesktop, pagePath } from '../../client/index.ts';
import { remembered } from '../../state/index.ts';
import {
  Button,
  Checkbox,
  Dialog,
  Field,
  formatBytes,
  formatCount,
  notify,
  Select,
  visibleString,
} from '../../ui/index.ts';
import { download, EXPORT_TYPES, exportName, exportPath } from './export.ts';
import { formatToken, tokensOf } from './filter.ts';

const lastFormat = remembered<AuditExportFormat>('ledger.export-format', Format, 'csv');

const FORMATS = [
  {
    value: 'csv' as const,
    label: 'CSV',
    description: 'For spreadsheets; cells that look like formulas are made harmless',
  },
  { value: 'json' as const, label: 'JSON', description: 'One document with the signed checkpoint' },
  {
    value: 'jsonl' as const,
    label: 'JSON Lines',
    description: 'One entry a line; the signed checkpoint is the last',
  },
];

export interface ExportDialogProps {
  filter: AuditFilter;
  /** Entries that match, if they were counted. */
  total: number | null;
  onClose: () => void;
}

/** Takes out everything that matches, as a file. Browsers download it; in the desktop app it comes piece by piece. */
export function ExportDialog({ filter, total, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState(lastFormat.read());
  const [proofs, setProofs] = useState(false);
  const [taken, setTaken] = useState<number | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const start = async () => {
    lastFormat.write(format);
    const withProofs = proofs && format !== 'csv';
    if (!isDesktop) {
      download(`${pagePath()}${exportPath(filter, format, withProofs)}`, exportName(format));
      notify.done('The download has begun. The export is recorded in the ledger.');
      return onClose();
    }
    const mine = new AbortController();
    stop.current = mine;
    setTaken(0);
    try {
      await exportHere(filter, format, withProofs, mine.signal, setTaken);
      onClose();
    } catch (error) {
      if (!mine.signal.aborted) notify.failure(error);
    } finally {
      setTaken(null);
    }
  };
  const words = [...tokensOf(filter).map(formatToken), filter.q ?? ''].filter(Boolean).join(' ');
  return (
    <Dialog
      open
      onClose={onClose}
      title="Export entries"
      description={
        <>
          {total === null ? 'Every entry' : total === 1 ? '1 entry' : `${formatCount(total)} entries`},{' '}
          {words === '' ? 'the whole ledger' : <code className="wrap-anywhere">{visibleString(words)}</code>},
          oldest first
        </>
      }
      onSubmit={() => void start()}
      footer={
        <>
          {taken === null ? null : (
            <p role="status" className="mr-auto text-muted">
              {formatBytes(taken)} so far
            </p>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" icon={Download} busy={taken !== null}>
            Export entries
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Format">
          <Select aria-label="Format" value={format} onChange={setFormat} options={FORMATS} />
        </Field>
        <Checkbox
          checked={proofs && format !== 'csv'}
          onChange={setProofs}
          disabled={format === 'csv'}
          label="With a proof for each entry"
          hint={
            format === 'csv'
              ? 'Only JSON and JSON Lines hold proofs.'
              : 'A part of the ledger can then be verified by itself. The file gets about three times as large.'
          }
        />
      </div>
    </Dialog>
  );
}

/** The page of the desktop app has no network: pieces come over its port and are kept by the browser as one file. */
async function exportHere(
  filter: AuditFilter,
  format: AuditExportFormat,
  proofs: boolean,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const pieces: Blob[] = [];
  let bytes = 0;
  for await (const text of await client.desktop.exportLedger({ ...filter, format, proofs }, { signal })) {
    // As blobs the pieces may lie on disk instead of in the page's memory.
    const piece = new Blob([text]);
    pieces.push(piece);
    bytes += piece.size;
    onProgress(bytes);
  }
  const address = URL.createObjectURL(new Blob(pieces, { type: EXPORT_TYPES[format] }));
  download(address, exportName(format));
  // The download has its own hold on the file by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
