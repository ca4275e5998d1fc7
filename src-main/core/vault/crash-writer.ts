/** Run as a process of its own by crash.test.ts: adds credentials until it is killed, and says which were answered. */
import { writeSync } from 'node:fs';
import { silentLog } from '../base/log.ts';
import { LiveHub } from '../live/index.ts';
import { Vault } from './vault.ts';

const [dir = '', environmentKey = '', prefix = ''] = process.argv.slice(2);
const vault = await Vault.open({
  dir,
  name: 'default',
  ledger: { append: async () => undefined },
  live: new LiveHub(),
  log: silentLog(),
  environmentKey,
});
for (let i = 0; i < 100_000; i += 1) {
  const name = `${prefix}-${i}`;
  const secret = `secret-of-${name}-${'x'.repeat(20_000)}`;
  await vault.add(
    { name, service: 's', secret, domains: ['a.example.com'], auth_type: 'bearer' },
    { name: 'test', via: 'system' },
  );
  writeSync(1, `${name}\n`);
}
