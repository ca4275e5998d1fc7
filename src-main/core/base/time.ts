/** Now, as every time on the wire: ISO 8601, UTC, milliseconds. */
export const nowIso = (): string => new Date().toISOString();
