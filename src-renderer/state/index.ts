/** What the page knows: stores by domain, fed by one live subscription. */
export { ledgerFeed } from './ledger-feed.ts';
export { readCredentials, readEverything, startLive } from './live.ts';
export { type Remembered, remembered, useRemembered } from './storage.ts';
export * from './stores.ts';
export * from './theme.ts';
export * from './ui.ts';
