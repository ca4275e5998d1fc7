import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Statement } from 'better-sqlite3';
import type { AuditFilter } from '#contract';
import { entryOf } from './canonical.ts';
import type { Condition } from './columns.ts';
import { csvLine, jsonLine } from './export-format.ts';
import { matcher } from './filter.ts';
import { openIndexForWriting, SEGMENT } from './index-schema.ts';
import { Indexer } from './indexer.ts';
import { consistencyProof, type Hash, inclusionProof, subtreeRoot } from './merkle.ts';
import type { ExportStep, ReaderCalls } from './reader-protocol.ts';
import type { Row } from './reads.ts';
import { type LedgerDb, openForReading } from './schema.ts';
import { Search, withIds } from './search.ts';
import {
  type Chosen,
  type Count,
  chosenBy,
  chosenSeqs,
  countBy,
  FACETS,
  type Facet,
  histogram,
  total,
} from './stats.ts';
import { nodesOf } from './tiles.ts';

/** Entries indexed before others are let in: at most a segment, some tens of milliseconds. */
const INDEX_STEP = SEGMENT;
const EXPORT_TEXT = 256 * 1024;
const EXPORT_LOOK = 20_000;
const TOP = 100;

const SELECT = 'SELECT seq, body, lower(hex(hash)) AS hash FROM entries';

/** Says whether the work is still wanted. */
export type Wanted = () => boolean;

/** What the reader thread does, on its own connections. */
export class ReaderWork {
  readonly #db: LedgerDb;
  readonly #index: LedgerDb;
  readonly #indexer: Indexer;
  readonly #search: Search;
  readonly #row: Statement<[number], Row>;

  constructor(path: string, indexPath: string) {
    this.#db = openForReading(path);
    this.#index = openIndexForWriting(indexPath);
    this.#indexer = new Indexer(this.#db, this.#index);
    this.#search = new Search(this.#index);
    this.#row = this.#db.prepare(`${SELECT} WHERE seq = ?`);
  }

  /** Indexes what is new, in small steps; returns early when no longer wanted. */
  async catchUp(wanted: Wanted, upto = Number.MAX_SAFE_INTEGER): Promise<void> {
    while (wanted() && this.#indexer.upto < upto && this.#indexer.step(INDEX_STEP) > 0) await nextTurn();
  }

  async stats(
    filter: AuditFilter,
    intervalMs: number,
    wanted: Wanted,
  ): Promise<ReaderCalls['stats']['output']> {
    const chosen = await this.#chosen(filter, wanted);
    const { columns } = this.#search;
    return {
      total: total(columns, chosen),
      by: countBy(columns, FACETS, chosen, TOP),
      buckets: histogram(columns, chosen, intervalMs),
    };
  }

  async facets(filter: AuditFilter, top: number, wanted: Wanted): Promise<ReaderCalls['facets']['output']> {
    const { columns } = this.#search;
    const whole = await this.#chosen(filter, wanted);
    const by: Record<Facet, Count[]> = countBy(columns, FACETS, whole, top);
    for (const facet of FACETS.filter((name) => filter[name] !== undefined)) {
      const chosen = await this.#chosen({ ...filter, [facet]: undefined }, wanted);
      by[facet] = countBy(columns, [facet], chosen, top)[facet];
    }
    return { total: total(columns, whole), by };
  }

  /** The entries a filter chooses; those of a free text are read one by one. */
  async #chosen(given: AuditFilter, wanted: Wanted): Promise<Chosen> {
    await this.catchUp(wanted);
    if (!given.q) return chosenBy(this.#search.columns, given);
    const plan = withIds(given);
    const condition = plan && this.#search.columns.condition(plan.filter);
    if (!plan || !condition) return () => [];
    const match = matcher(given);
    const found: number[] = [];
    let looked = 0;
    for (const seq of this.#candidates(plan.filter, condition)) {
      const row = this.#row.get(seq);
      if (row && match(entryOf(row.body, row.hash))) found.push(seq);
      looked += 1;
      if (looked % 4096 === 0) {
        await nextTurn();
        if (!wanted()) break;
      }
    }
    return chosenSeqs(found);
  }

  #candidates(filter: AuditFilter, condition: Condition): Iterable<number> {
    const search = this.#search;
    const before = Number.MAX_SAFE_INTEGER;
    return search.helps(filter)
      ? [...search.byText(filter, condition, before)]
      : search.byColumns(condition, before);
  }

  inclusion(index: number, size: number): Hash[] {
    return inclusionProof(nodesOf(this.#db), index, size);
  }

  consistency(first: number, second: number): ReaderCalls['consistency']['output'] {
    const node = nodesOf(this.#db);
    return {
      proof: consistencyProof(node, first, second),
      first: subtreeRoot(node, 0, first),
      second: subtreeRoot(node, 0, second),
    };
  }

  /** One step of an export, oldest first. */
  async export(step: ExportStep, wanted: Wanted): Promise<ReaderCalls['export']['output']> {
    const { format, filter, upto, proofs } = step;
    const plain = Object.values(filter).every((value) => value === undefined);
    const match = matcher(filter);
    const node = proofs ? nodesOf(this.#db) : undefined;
    let [text, entries, looked, last] = ['', 0, 0, step.after];
    for (const row of await this.#exportRows(step, plain, wanted)) {
      last = row.seq;
      looked += 1;
      const entry = plain && format !== 'csv' ? undefined : entryOf(row.body, row.hash);
      if (!entry || match(entry)) {
        const proof = node && inclusionProof(node, row.seq - 1, upto);
        const line = entry && format === 'csv' ? csvLine(entry) : jsonLine(row.body, row.hash, proof);
        text +=
          format === 'csv' ? line : `${format === 'json' && (entries > 0 || step.begun) ? ',' : ''}${line}\n`;
        entries += 1;
      }
      if (text.length >= EXPORT_TEXT || looked >= EXPORT_LOOK) return { text, entries, next: last };
    }
    return { text, entries, next: null };
  }

  async #exportRows(step: ExportStep, plain: boolean, wanted: Wanted): Promise<Iterable<Row>> {
    const { after, upto } = step;
    if (plain) {
      const rows = this.#db.prepare<[number, number], Row>(
        `${SELECT} WHERE seq > ? AND seq <= ? ORDER BY seq`,
      );
      return rows.iterate(after, upto);
    }
    await this.catchUp(wanted, upto);
    const plan = withIds(step.filter);
    const condition = plan && this.#search.columns.condition(plan.filter);
    return condition ? this.#rowsOf(this.#search.columns.oldestFirst(condition, after), upto) : [];
  }

  *#rowsOf(seqs: Iterable<number>, upto: number): Generator<Row> {
    for (const seq of seqs) {
      if (seq > upto) return;
      const row = this.#row.get(seq);
      if (row) yield row;
    }
  }

  close(): void {
    this.#index.close();
    this.#db.close();
  }
}
