/**
 * Web Audio Modules by address, with failures in words that a musician can act on.
 * Knows no particular plugin. Used by the host (live) and by the bounce (offline).
 */
import type { WebAudioModule } from '@webaudiomodules/api';

/** What a WAM's module exports by default. */
export interface WamFactory {
  createInstance(
    groupId: string,
    context: BaseAudioContext,
    state?: unknown,
  ): Promise<WebAudioModule & { destroy?: () => void }>;
}

/** A failure that the page shows as it is; `details` is for whoever wants to know more. */
export class HostError extends Error {
  readonly details: string;
  constructor(message: string, cause?: unknown) {
    super(message);
    this.details = cause === undefined ? '' : messageOf(cause);
  }
}

/** How long a plugin may take to come up, in milliseconds: a broken one would keep us waiting for ever. */
const PATIENCE = 30_000;

/**
 * The WAM at an address.
 * @param url absolute, or relative to the page
 * @throws {HostError} if there is none, it cannot be read from here, or it is something else
 */
export async function importWam(url: string): Promise<WamFactory> {
  const address = absolute(url);
  let module: { default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ address)) as { default?: unknown };
  } catch (error) {
    throw await explain(address, error);
  }
  const factory = module.default as Partial<WamFactory> | undefined;
  if (typeof factory?.createInstance !== 'function') {
    throw new HostError(
      `What is at ${url} is a script, but not a Web Audio Module. Use the address of a WAM's index.js.`,
    );
  }
  return factory as WamFactory;
}

/**
 * A new instance, with its state if there is one.
 * @throws {HostError} if it does not start, or refuses the state
 */
export async function startWam(
  factory: WamFactory,
  groupId: string,
  context: BaseAudioContext,
  state?: unknown,
): Promise<WebAudioModule> {
  let wam: WebAudioModule;
  try {
    wam = await inTime(factory.createInstance(groupId, context));
  } catch (error) {
    throw new HostError('The plugin was found but did not start. What played before goes on.', error);
  }
  if (state === undefined) return wam;
  try {
    // Hosts restore by `setState`; few pass the state to `createInstance`.
    await inTime(wam.audioNode.setState(state));
  } catch (error) {
    retireWam(wam);
    throw new HostError(`${wam.name} refused its saved state: ${messageOf(error)}`, error);
  }
  return wam;
}

/** Ends an instance; whatever it does in reply, the host goes on. */
export function retireWam(wam: WebAudioModule, gui?: Element | null): void {
  try {
    if (gui) {
      gui.remove();
      wam.destroyGui(gui);
    }
    wam.audioNode.disconnect();
    wam.audioNode.destroy();
  } catch (error) {
    console.warn('A plugin failed while it was removed.', error);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function absolute(url: string): string {
  try {
    const address = new URL(url, document.baseURI);
    if (/^(https?|blob|data):$/.test(address.protocol)) return address.href;
  } catch {
    // Told below, like an address of a kind that cannot hold a plugin.
  }
  throw new HostError(`"${url}" is not a web address. It should look like https://…/index.js.`);
}

/** Why an import failed: the browser says only that it did, so ask for the file itself. */
async function explain(address: string, error: unknown): Promise<HostError> {
  const response = await fetch(address, { cache: 'no-store' }).catch(() => null);
  if (!response) {
    return new HostError(
      `Nothing could be read from ${address}. It is not there, or its server does not let other pages use it (CORS).`,
      error,
    );
  }
  if (response.status === 404) {
    return new HostError(`There is no plugin at ${address} (404). Check the address.`, error);
  }
  if (!response.ok) {
    return new HostError(`The server answered ${response.status} for ${address}. Try again later.`, error);
  }
  const type = response.headers.get('content-type') ?? '';
  if (!/javascript|ecmascript/.test(type)) {
    return new HostError(
      `What is at ${address} is not a script (${type || 'of no known type'}). Use the address of a WAM's index.js.`,
      error,
    );
  }
  return new HostError(`The plugin at ${address} is broken: ${messageOf(error)}`, error);
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(
      () => reject(new Error(`No answer within ${PATIENCE / 1000} seconds.`)),
      PATIENCE,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    window.clearTimeout(timer);
  }
}
