import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { LiveHub } from '../live/index.ts';
import { Vault } from './index.ts';

test('smoke', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-vault-'));
  const opt = {
    dir,
    name: 'default',
    ledger: { append: async () => undefined },
    live: new LiveHub(),
    log: silentLog(),
  };
  const owner = { name: 'owner', via: 'system' as const };
  const vault = await Vault.open(opt);
  expect(vault.info()).toMatchObject({ state: 'not_set_up' });
  await vault.setPassphrase('correct horse battery', owner);
  const c = await vault.add(
    {
      name: 'anthropic',
      service: 'anthropic',
      secret: 'sk-ant-1',
      domains: ['API.anthropic.com.'],
      auth_type: 'bearer',
    },
    owner,
  );
  expect(vault.openSecret(c.id).toString()).toBe('sk-ant-1');
  await vault.lock(owner);
  expect(() => vault.openSecret(c.id)).toThrow(/locked/);
  await expect(vault.unlock({ passphrase: 'nope' }, owner)).rejects.toMatchObject({
    code: 'PASSPHRASE_WRONG',
  });
  await vault.unlock({ passphrase: 'correct horse battery' }, owner);
  expect(vault.openSecret(c.id).toString()).toBe('sk-ant-1');
  await vault.dispose();
});
