import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AnchoredNote } from './attest.ts';

/** A place outside the database that keeps the newest signed checkpoint: a file, a keychain item, another machine. */
export interface Anchor {
  readonly name: string;
  load(): Promise<string | null>;
  save(note: string): Promise<void>;
  /** Shortest time between two saves, in milliseconds; for places that are slow to write. */
  readonly everyMs?: number;
}

/** A private file, replaced atomically, written off the main thread. */
export function fileAnchor(path: string): Anchor {
  return {
    name: 'anchor file',
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return null;
        throw error;
      }
    },
    async save(note) {
      const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
      try {
        await flushed(await open(temporary, 'wx', 0o600), note);
        await rename(temporary, path);
        if (process.platform !== 'win32') await flushed(await open(dirname(path), 'r'));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
  };
}

async function flushed(file: FileHandle, text?: string): Promise<void> {
  try {
    if (text !== undefined) await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A checkpoint kept in an item of the keychain: whoever puts back all files of an older day is still found out. */
export function itemAnchor(
  name: string,
  item: { load(): Promise<Buffer | null>; save(note: Buffer): Promise<void> },
  everyMs = 60_000,
): Anchor {
  return {
    name,
    everyMs,
    load: async () => (await item.load())?.toString('utf8') ?? null,
    save: (note) => item.save(Buffer.from(note)),
  };
}

interface Place {
  readonly anchor: Anchor;
  saving: Promise<void>;
  waiting: string | undefined;
  timer: NodeJS.Timeout | undefined;
  savedAt: number;
}

/** Hands each new checkpoint to every anchor, one at a time, the newest replacing those still waiting. */
export class Anchors {
  readonly #places: Place[];
  readonly #log: Log;

  constructor(anchors: readonly Anchor[], log: Log) {
    this.#log = log;
    this.#places = anchors.map((anchor) => ({
      anchor,
      saving: Promise.resolve(),
      waiting: undefined,
      timer: undefined,
      savedAt: Number.NEGATIVE_INFINITY,
    }));
  }

  /** What the anchors hold. One that does not answer is left out, and said in the log. */
  async load(): Promise<AnchoredNote[]> {
    const notes = await Promise.all(
      this.#places.map(async ({ anchor }) => {
        try {
          const note = await anchor.load();
          return note === null ? [] : [{ name: anchor.name, note }];
        } catch (error) {
          this.#log.warn({ err: messageOf(error) }, `the ledger's ${anchor.name} does not answer`);
          return [];
        }
      }),
    );
    return notes.flat();
  }

  save(note: string): void {
    for (const place of this.#places) {
      place.waiting = note;
      const due = place.savedAt + (place.anchor.everyMs ?? 0) - Date.now();
      if (due <= 0) this.#next(place);
      else if (!place.timer) {
        place.timer = setTimeout(() => this.#next(place), due);
        place.timer.unref();
      }
    }
  }

  #next(place: Place): void {
    clearTimeout(place.timer);
    place.timer = undefined;
    place.savedAt = Date.now();
    place.saving = place.saving.then(async () => {
      const note = place.waiting;
      place.waiting = undefined;
      if (note === undefined) return;
      try {
        await place.anchor.save(note);
      } catch (error) {
        this.#log.warn({ err: messageOf(error) }, `the ledger's ${place.anchor.name} could not be written`);
      }
    });
  }

  /** Saves what still waits. */
  async flush(): Promise<void> {
    for (const place of this.#places) this.#next(place);
    await Promise.all(this.#places.map((place) => place.saving));
  }
}
