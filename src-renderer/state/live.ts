import type { Approval, LiveEvent } from '#contract';
import { toFailure } from '../client/failure.ts';
import { client, connection } from '../client/index.ts';
import { ledgerFeed } from './ledger-feed.ts';
import {
  agentStore,
  approvalStore,
  credentialStore,
  DEFAULT_VAULT,
  sessionStore,
  useStatus,
  vaultStore,
} from './stores.ts';

const PAGE = 200;
/** Settled approvals beyond this many pages stay in the ledger only. */
const APPROVAL_PAGES = 2;
const SESSION_PAGES = 10;

let started = false;

/**
 * Keeps all stores in step with the control plane while there is a connection.
 * @param connect false where somebody is about to sign in first
 */
export function startLive({ connect }: { connect: boolean }): void {
  if (started) return;
  started = true;
  connection.whileOpen((signal) => {
    void follow(signal);
  });
  if (connect) connection.start();
}

/** One subscription; on every (re)connection and reset everything is read anew. */
async function follow(signal: AbortSignal): Promise<void> {
  try {
    // No signal: the stream ends with its connection, and cancelling on a closed one would be an error of its own.
    const events = await client.system.events({});
    // Subscribed first, read second: a change between the two is heard, not missed.
    void readEverything();
    ledgerFeed.reset();
    for await (const event of events) applyEvent(event);
  } catch {
    // Either the connection ended, and #run reconnects, or the stream broke; the line below looks after that.
  }
  if (!signal.aborted) connection.restart();
}

/** Reads every list and the status anew. */
export async function readEverything(): Promise<void> {
  await Promise.all([
    readStatus(),
    sessionStore.load(() =>
      pages((cursor) => client.sessions.list({ limit: PAGE, ...cursor }), SESSION_PAGES),
    ),
    approvalStore.load(readApprovals),
    vaultStore.load(async () => (await client.vault.list({})).items),
    readCredentials(),
    agentStore.load(async () => (await client.agents.list({})).items),
  ]);
}

export const readCredentials = (): Promise<void> =>
  credentialStore.load(async () => (await client.vault.credentials({ vault: DEFAULT_VAULT })).items);

async function readStatus(): Promise<void> {
  try {
    useStatus.setState({ status: await client.system.status({}), failure: null });
  } catch (error) {
    useStatus.setState({ failure: toFailure(error) });
  }
}

/** Every pending approval, and the newest settled ones. */
async function readApprovals(): Promise<Approval[]> {
  const [pending, recent] = await Promise.all([
    pages((cursor) => client.approvals.list({ state: 'pending', limit: PAGE, ...cursor }), SESSION_PAGES),
    pages((cursor) => client.approvals.list({ limit: PAGE, ...cursor }), APPROVAL_PAGES),
  ]);
  return [...recent, ...pending];
}

async function pages<T>(
  read: (cursor: { cursor?: string }) => Promise<{ items: T[]; next_cursor: string | null }>,
  most: number,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < most; page += 1) {
    const answer: { items: T[]; next_cursor: string | null } = await read(cursor === null ? {} : { cursor });
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return items;
}

export function applyEvent(event: LiveEvent): void {
  switch (event.type) {
    case 'session.changed':
      sessionStore.put(event.session);
      break;
    case 'session.removed':
      sessionStore.remove(event.session_id);
      break;
    case 'approval.changed':
      approvalStore.put(event.approval);
      break;
    case 'ledger.appended':
      ledgerFeed.publish(event.entries);
      break;
    case 'vault.changed':
      vaultStore.put(event.vault);
      break;
    case 'credential.changed':
      credentialStore.put(event.credential);
      break;
    case 'credential.removed':
      credentialStore.remove(event.credential_id);
      break;
    case 'agent.changed':
      agentStore.put(event.agent);
      break;
    case 'status.changed':
      useStatus.setState({ status: event.status, failure: null });
      break;
    case 'reset':
      ledgerFeed.reset();
      void readEverything();
  }
}
