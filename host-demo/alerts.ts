/**
 * The one place where the page says that something failed.
 */
import { element } from './dom.js';
import { HostError, messageOf } from './wam.js';

const box = element('alert', 'div');
const more = element('alert-more', 'details');

element('alert-close', 'button').addEventListener('click', clearAlert);

export function clearAlert(): void {
  box.hidden = true;
}

export function alertError(error: unknown): void {
  const details =
    error instanceof HostError ? error.details : error instanceof Error ? (error.stack ?? '') : '';
  element('alert-text', 'p').textContent = messageOf(error);
  element('alert-details', 'p').textContent = details;
  more.hidden = details === '';
  more.open = false;
  box.hidden = false;
}

/** Runs what a button does; a failure is shown, and an earlier one goes away. */
export async function attempt(action: () => Promise<void> | void): Promise<boolean> {
  clearAlert();
  try {
    await action();
    return true;
  } catch (error) {
    alertError(error);
    return false;
  }
}
