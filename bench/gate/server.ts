/** The Gate as it is, with a real vault, identity and durable ledger in a folder of its own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credential } from '#contract';
import { newId } from '../../src-main/core/base/ids.ts';
import { silentLog } from '../../src-main/core/base/log.ts';
import { Gate } from '../../src-main/core/gate/index.ts';
import { Identity, identitySchema } from '../../src-main/core/identity/index.ts';
import { Ledger } from '../../src-main/core/ledger/index.ts';
import { LiveHub } from '../../src-main/core/live/index.ts';
import { openDatabase } from '../../src-main/core/store/index.ts';
import { Vault } from '../../src-main/core/vault/index.ts';
import { argument, tell, untilStopped } from './process.ts';

const upstream = argument(0);
const count = Number(argument(1) || 1);
const actor = { name: 'bench', via: 'system' } as const;

const dir = mkdtempSync(join(tmpdir(), 'aegis-bench-gate-'));
const log = silentLog();
const live = new LiveHub();
const ledger = await Ledger.open({ path: join(dir, 'ledger.db'), anchorPath: join(dir, 'head.json'), log });
const vault = await Vault.open({
  dir: join(dir, 'vaults'),
  name: 'default',
  ledger,
  live,
  log,
  environmentKey: randomBytes(32).toString('hex'),
});
const db = openDatabase(join(dir, 'aegis.db'), [identitySchema]);
const credentials = {
  byName: (_vault: string, name: string) => vault.get(name),
  byId: (id: Credential['id']) => vault.getById(id),
};
const identity = new Identity({ db, ledger, live, log, credentials });

// The one that is used lies in the middle.
const used = Math.floor(count / 2);
const agents: ReturnType<Identity['issueSessionAgent']>[] = [];
for (let i = 0; i < count; i += 1) {
  const name = `service-${i}`;
  const { id } = await vault.add(
    {
      name,
      service: name,
      secret: `sk-ant-api03-${randomBytes(36).toString('base64url')}`,
      domains: ['127.0.0.1'],
      auth_type: 'header',
      header_name: 'x-api-key',
      upstream,
      allow_private: true,
    },
    actor,
  );
  // Not waited for one by one: vault and identity share the ledger's commits.
  agents.push(
    identity.issueSessionAgent({ session_id: newId('ses'), name: `agent-${i}`, credential_ids: [id] }, actor),
  );
}
const token = (await Promise.all(agents))[used]?.token ?? '';

const gate = new Gate({ vault, identity, ledger, live, log });
const { port } = await gate.listen({ host: '127.0.0.1', port: 0 });
untilStopped(async () => {
  await gate.dispose();
  await identity.dispose();
  db.close();
  await vault.dispose();
  await ledger.dispose();
  rmSync(dir, { recursive: true, force: true });
});
tell({ port, path: `/service-${used}`, headers: { 'x-aegis-agent': token } });
