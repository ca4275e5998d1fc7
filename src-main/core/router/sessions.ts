import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AegisError, errnoOf } from '../base/errors.ts';
import { actorOf, type Services } from './context.ts';
import type { Os } from './index.ts';
import { page } from './page.ts';

/** More than a person scans; a folder with more is narrowed by typing. */
const MAX_FOLDERS = 500;

export function sessionsRoutes(os: Os, { sessions }: Services) {
  return {
    programs: os.sessions.programs.handler(async ({ input }) => {
      // Their order says which to offer first; cursors follow it.
      const programs = await sessions.programs();
      const place = new Map(programs.map(({ agent }, i) => [agent, String(i).padStart(4, '0')]));
      return page(programs, input, ({ agent }) => place.get(agent) ?? '');
    }),
    list: os.sessions.list.handler(({ input }) => sessions.list(input)),
    create: os.sessions.create.handler(({ input, context }) => sessions.create(input, actorOf(context))),
    get: os.sessions.get.handler(({ input }) => sessions.get(input.id)),
    remove: os.sessions.remove.handler(({ input, context }) => sessions.remove(input.id, actorOf(context))),
    send: os.sessions.send.handler(({ input, context }) =>
      sessions.send(input.id, input.text, actorOf(context)),
    ),
    keys: os.sessions.keys.handler(({ input, context }) =>
      sessions.keys(input.id, input.data, actorOf(context)),
    ),
    interrupt: os.sessions.interrupt.handler(({ input, context }) =>
      sessions.interrupt(input.id, actorOf(context)),
    ),
    escape: os.sessions.escape.handler(({ input, context }) => sessions.escape(input.id, actorOf(context))),
    kill: os.sessions.kill.handler(({ input, context }) => sessions.kill(input.id, actorOf(context))),
    resize: os.sessions.resize.handler(({ input }) => sessions.resize(input.id, input.cols, input.rows)),
    screen: os.sessions.screen.handler(({ input }) => sessions.screen(input.id)),
    openTerminal: os.sessions.openTerminal.handler(({ input, context }) => {
      sessions.get(input.id);
      return context.openTerminal(input.id);
    }),
    folders: os.sessions.folders.handler(({ input }) => listFolders(input.path)),
  };
}

async function listFolders(path: string | undefined) {
  const folder = expand(path ?? '~');
  if (!isAbsolute(folder)) {
    throw new AegisError('INVALID_INPUT', 'The path must be absolute or start with ~.', {
      data: { errors: [{ pointer: '/path', detail: 'must be absolute or start with ~' }] },
    });
  }
  const parent = dirname(folder) === folder ? null : dirname(folder);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const folders: string[] = [];
    for (const entry of entries) {
      if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(join(folder, entry.name))))) {
        folders.push(entry.name);
      }
      if (folders.length >= MAX_FOLDERS) break;
    }
    return { path: folder, exists: true, parent, folders: folders.sort((a, b) => a.localeCompare(b)) };
  } catch (error) {
    // Not there (yet), not a folder, or not readable: the form shows that it cannot be chosen.
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) {
      return { path: folder, exists: false, parent, folders: [] };
    }
    throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const expand = (path: string): string =>
  path === '~' || path.startsWith('~/')
    ? join(homedir(), path.slice(1))
    : isAbsolute(path)
      ? resolve(path)
      : path;
