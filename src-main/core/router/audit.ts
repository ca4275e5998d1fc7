import type { AuditExportFormat, AuditFacet, AuditFilter } from '#contract';
import type { Ledger } from '../ledger/index.ts';
import { actorOf, type RouterContext, type Services } from './context.ts';
import type { Os } from './index.ts';

const INTERVAL_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const CONTENT_TYPE = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
  jsonl: 'application/jsonl',
};

/** A filter as the ledger takes it: fields nobody gave are absent. */
function given<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Text as it is made, in the bytes of a stream that stops when nobody reads any more. */
function streamOf(text: AsyncGenerator<string>, stop: AbortController): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await text.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      stop.abort();
    },
  });
}

function exportOf(ledger: Ledger, format: 'csv' | 'json' | 'jsonl', filter: AuditFilter, proofs: boolean) {
  const stop = new AbortController();
  return {
    headers: {
      'content-type': CONTENT_TYPE[format],
      'content-disposition': `attachment; filename="aegis-ledger.${format}"`,
      'cache-control': 'no-store',
    },
    body: streamOf(ledger.export({ format, filter, proofs, signal: stop.signal }), stop),
  };
}

/** That entries are taken out is an entry itself, written before the first of them leaves. */
async function recordExport(
  ledger: Ledger,
  context: RouterContext,
  format: AuditExportFormat,
  filter: AuditFilter,
): Promise<void> {
  await ledger.append({
    action: 'ledger.exported',
    outcome: 'info',
    actor: actorOf(context).name,
    details: { format, filter: JSON.stringify(filter) },
  });
}

/** The export as text, for a page without a network. */
export async function* exportText(
  ledger: Ledger,
  context: RouterContext,
  input: AuditFilter & { format: AuditExportFormat; proofs?: boolean | undefined },
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  const { format, proofs = false, ...rest } = input;
  const filter = given(rest);
  await recordExport(ledger, context, format, filter);
  yield* ledger.export({ format, filter, proofs, signal });
}

export function auditRoutes(os: Os, { ledger, live, status }: Services) {
  return {
    list: os.audit.list.handler(({ input }) => ledger.list(given(input))),
    get: os.audit.get.handler(({ input }) => ledger.get(input.id)),
    thread: os.audit.thread.handler(({ input }) => ledger.thread(given(input))),
    stats: os.audit.stats.handler(async ({ input: { interval = 'hour', ...filter }, signal }) => ({
      interval,
      ...(await ledger.stats(given(filter), INTERVAL_MS[interval], { signal })),
    })),
    facets: os.audit.facets.handler(async ({ input, signal }) => {
      const { total, by } = await ledger.facets(given(input), undefined, { signal });
      return { total, facets: by satisfies Record<AuditFacet, unknown> };
    }),
    checkpoint: os.audit.checkpoint.handler(() => ledger.checkpoint()),
    proof: os.audit.proof.handler(({ input }) => ledger.proof(input.id)),
    consistency: os.audit.consistency.handler(({ input }) => ledger.consistency(input.first, input.second)),
    export: os.audit.export.handler(async ({ input, context }) => {
      const { format = 'jsonl', proofs = false, ...rest } = input;
      const filter = given(rest);
      await recordExport(ledger, context, format, filter);
      return exportOf(ledger, format, filter, proofs);
    }),
    accept: os.audit.accept.handler(async ({ input, context }) => {
      const entry = await ledger.acceptTampering(actorOf(context).name, input.reason);
      live.publish({ type: 'status.changed', status: status() });
      return entry;
    }),
    verify: os.audit.verify.handler(async ({ context, signal }) => {
      const result = await ledger.verify({ signal });
      await ledger.append({
        action: 'ledger.verified',
        outcome: result.valid ? 'info' : 'error',
        actor: actorOf(context).name,
        reason: result.valid ? null : (result.first_bad?.problem ?? 'not valid'),
        details: { entries: result.entries, root: result.root },
      });
      live.publish({ type: 'status.changed', status: status() });
      return result;
    }),
  };
}
