/** Session of the reader: what it may do, the one-time key of the address, and the login with a token. */
import { computed, effect, signal } from '@preact/signals';
import { ApiError, get, post, remove } from './client.js';
import { failureCount, isAllowed } from './live.js';
import type { Session } from './answers.js';

export const session = signal<Session | undefined>(undefined);
export const mayWrite = computed(() => session.value?.may === 'write');
export const isLoginNeeded = signal(false);

/** Asks who the reader is. A one-time key in the fragment (`#k=…`) is exchanged for a session, and removed from the address. */
export async function beginSession(): Promise<void> {
  const key = /^#k=([\w-]+)$/.exec(location.hash)?.[1];
  if (key !== undefined) {
    history.replaceState(null, '', '#/');
    try {
      adopt(await post<Session>('session', { key }));
      return;
    } catch (error) {
      // A used key is no reason to refuse a reader who has a session.
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  }
  adopt(await get<Session>('session'));
}

/** Asks again after each lost connection: a session that has ended needs a login, and a server that is away needs patience. */
export function watchSession(): void {
  effect(() => {
    if (failureCount.value === 0) return;
    get<Session>('session').then(adopt, () => undefined);
  });
}

/** The server no longer knows the reader. */
export function loseSession(): void {
  isLoginNeeded.value = true;
  isAllowed.value = false;
}

/** @throws ApiError for a wrong token */
export async function login(token: string): Promise<void> {
  adopt(await post<Session>('session', { token }));
}

export async function logout(): Promise<void> {
  await remove('session');
  adopt(await get<Session>('session'));
}

function adopt(given: Session): void {
  session.value = given;
  isLoginNeeded.value = given.may === null;
  isAllowed.value = given.may !== null;
}
