/** The permission registry: `noun:verb` strings and why each exists. Every procedure names one of them. */
export const PERMISSIONS = {
  'sessions:read': 'see sessions, their terminals and transcripts',
  'sessions:write': 'start sessions and type into them',
  'sessions:kill': 'end sessions',
  'approvals:read': 'see what agents ask for',
  'approvals:decide': 'answer what agents ask for',
  'agent:read': 'see agent identities and their grants',
  'agent:write': 'create agents, change their grants, revoke them',
  'vault:read': 'see credentials without their secrets',
  'vault:write': 'add, change and remove credentials',
  'vault:manage': 'lock, unlock and set up vaults',
  'ledger:read': 'read the ledger and verify it',
  'ledger:export': 'take entries out of the ledger as a file',
  'dashboard:view': 'see the state of the control plane',
  'hooks:deliver': 'deliver events of one session: the only thing a session token may do here',
  admin: 'everything',
} as const;

export type Permission = keyof typeof PERMISSIONS;
