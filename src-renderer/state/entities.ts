import type { StoreApi, UseBoundStore } from 'zustand';
import { create } from 'zustand';
import { type Failure, toFailure } from '../client/failure.ts';

/** Records of one kind, by id, as last heard from the control plane. */
export interface Entities<T> {
  byId: ReadonlyMap<string, T>;
  /** Read at least once since the page was opened. */
  loaded: boolean;
  /** Why the last reading failed; the records shown may be old. */
  failure: Failure | null;
}

export interface EntityStore<T> {
  use: UseBoundStore<StoreApi<Entities<T>>>;
  /** Reads everything anew. Changes heard while reading win over the answer. */
  load(read: () => Promise<readonly T[]>): Promise<void>;
  put(record: T): void;
  remove(id: string): void;
}

/**
 * A store of records with ids.
 * @param isNewer whether `next` may replace `known`: answers and pushed changes can overtake each other
 */
export function entityStore<T>(
  idOf: (record: T) => string,
  isNewer: (next: T, known: T) => boolean = () => true,
): EntityStore<T> {
  const use = create<Entities<T>>(() => ({ byId: new Map(), loaded: false, failure: null }));
  // What was heard since the reading began; null when no reading is under way.
  let heard: Map<string, T | null> | null = null;

  const apply = (byId: Map<string, T>, id: string, record: T | null) => {
    if (record === null) byId.delete(id);
    else {
      const known = byId.get(id);
      if (known === undefined || isNewer(record, known)) byId.set(id, record);
    }
  };
  const change = (id: string, record: T | null) => {
    heard?.set(id, record);
    const byId = new Map(use.getState().byId);
    apply(byId, id, record);
    use.setState({ byId });
  };
  return {
    use,
    async load(read) {
      const mine = new Map<string, T | null>();
      heard = mine;
      try {
        const records = await read();
        if (heard !== mine) return;
        const byId = new Map(records.map((record) => [idOf(record), record]));
        for (const [id, record] of mine) apply(byId, id, record);
        use.setState({ byId, loaded: true, failure: null });
      } catch (error) {
        if (heard === mine) use.setState({ failure: toFailure(error) });
      } finally {
        if (heard === mine) heard = null;
      }
    },
    put: (record) => change(idOf(record), record),
    remove: (id) => change(id, null),
  };
}
