import type { SignedIn, Whoami } from '#contract';
import { forgetPagePath, pagePath, rememberPagePath } from './page-path.ts';

/** Who this browser is signed in as; null when it is not. Throws when the server does not answer. */
export async function whoami(): Promise<Whoami | null> {
  const response = await fetch(`${pagePath()}/v1/whoami`, {
    credentials: 'same-origin',
    headers: { accept: 'application/json' },
  });
  if (response.status === 401) return null;
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Whoami;
}

/**
 * Exchanges a token or a one-time code for the console cookie, which no script can read.
 * Throws the server's problem document.
 */
export async function signIn(by: { token: string } | { code: string }): Promise<void> {
  const response = await post('/auth/login', by);
  rememberPagePath(((await response.json()) as SignedIn).path);
}

export async function signOut(): Promise<void> {
  await post(`${pagePath()}/auth/logout`, {});
  forgetPagePath();
}

async function post(path: string, body: unknown): Promise<Response> {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** A problem document in the shape `toFailure` reads. */
async function problemOf(response: Response): Promise<Error & { code: string; data: unknown }> {
  const body: unknown = await response.json().catch(() => ({}));
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const message =
    typeof problem.detail === 'string' ? problem.detail : `The server answered ${response.status}.`;
  const code = typeof problem.code === 'string' ? problem.code : 'INTERNAL';
  return Object.assign(new Error(message), { code, data: problem });
}
