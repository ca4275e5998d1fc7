import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from './secure-files.ts';

/** How local commands find the running control plane. Holds no secret. */
const InstanceInfo = z.object({
  pid: z.number().int(),
  version: z.string(),
  api: z.string(),
  gate: z.string().nullable(),
  started_at: z.string(),
});
export type InstanceInfo = z.infer<typeof InstanceInfo>;

const fileIn = (runDir: string): string => join(runDir, 'instance.json');

export function announceInstance(runDir: string, info: InstanceInfo): void {
  writePrivateFile(fileIn(runDir), JSON.stringify(info));
}

export function forgetInstance(runDir: string): void {
  rmSync(fileIn(runDir), { force: true });
}

/** The running control plane of this state folder, or null when none runs. A file left by a crash counts as none. */
export function findInstance(runDir: string): InstanceInfo | null {
  try {
    const info = InstanceInfo.parse(JSON.parse(readFileSync(fileIn(runDir), 'utf8')));
    process.kill(info.pid, 0);
    return info;
  } catch {
    return null;
  }
}
