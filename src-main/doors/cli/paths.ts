import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the built console and the resources are, from source (src-main/doors/cli) and from the bundle (out/main). */
export function productPaths(): { resourcesDir: string; consoleDir: string } {
  const here = dirname(fileURLToPath(import.meta.url));
  let root = here;
  while (!existsSync(join(root, 'resources')) && dirname(root) !== root) root = dirname(root);
  return { resourcesDir: join(root, 'resources'), consoleDir: join(root, 'out', 'renderer') };
}
