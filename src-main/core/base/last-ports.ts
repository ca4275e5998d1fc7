import { readFileSync } from 'node:fs';
import { writePrivateFile } from './secure-files.ts';

export type PortName = 'api' | 'gate';

/**
 * The ports of the last run. Agents that outlived the app know the Gate by its address, so the next run tries the same
 * ports first.
 */
export class LastPorts {
  readonly #path: string;
  readonly #ports: Partial<Record<PortName, number>>;

  constructor(path: string) {
    this.#path = path;
    this.#ports = read(path);
  }

  last(name: PortName): number | undefined {
    return this.#ports[name];
  }

  remember(name: PortName, port: number): void {
    if (this.#ports[name] === port) return;
    this.#ports[name] = port;
    writePrivateFile(this.#path, JSON.stringify(this.#ports));
  }
}

function read(path: string): Partial<Record<PortName, number>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const ports: Partial<Record<PortName, number>> = {};
    for (const name of ['api', 'gate'] as const) {
      const port = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
      if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65536) ports[name] = port;
    }
    return ports;
  } catch {
    // Missing on the first start; a damaged one only costs the preference.
    return {};
  }
}
