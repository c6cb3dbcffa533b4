// Who is signed in, and what they may open. The server decides; this only spares people doors that are shut.
import { Store } from './lib.js';
import { del, get } from './api.js';

/** { user, pages }, the first page their home; null until it is known. */
export const me = new Store(null);

export async function readMe() {
  try {
    me.set(await get('/me'));
  } catch {
    me.set(null);
  }
  return me.value;
}

export const mayOpen = (path) => me.value.pages.includes(path) && (!me.value.user.password_given || path === '/account');

/** True where the person may change campaigns, facts and the like. */
export const mayRun = () => ['supervisor', 'admin'].includes(me.value?.user.role);

export async function signOut() {
  await del('/session').catch(() => {});
  location.assign('/sign-in');
}
