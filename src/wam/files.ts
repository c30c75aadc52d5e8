/**
 * The ways by which files come in and terrains go out, as the face offers them: drop, address, library. Each ends in
 * sound or in a notice, never in a rejection, and what plays is kept in the library behind the scenes. Thread: main.
 */

import { PluginError } from '../shared/errors.js';
import type { AttributeValues } from '../shared/engine-plan.js';
import type { FileSource, OpenedFile } from '../shared/messages.js';
import { library, type KeptItem } from './library.js';
import { findFiles } from './files-in-use.js';
import { cancelled } from './opening.js';
import type { Session } from './session.js';

/** Where a file came from. */
interface Origin {
  /** Null if the loader fetches it. */
  readonly file: Blob | null;
  readonly url: string | null;
  /** What the musician calls it, if it is kept already. */
  readonly keptAs?: string | null;
}

export class Files {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  openFile(file: File): Promise<void> {
    return this.#act(() => this.#open({ kind: 'blob', name: file.name, blob: file }, { file, url: null }));
  }

  openUrl(url: string): Promise<void> {
    return this.#act(() => {
      const address = checkAddress(url);
      return this.#open({ kind: 'url', url: address }, { file: null, url: address });
    });
  }

  cancel(): void {
    const { opener, notices } = this.#session;
    if (!opener.opening) return;
    opener.cancel();
    notices.tell({ kind: 'info', text: cancelled().message });
  }

  /** @param hash Null is the built-in model. */
  openFromLibrary(hash: string | null): Promise<void> {
    return this.#act(async () => {
      const { models, opener } = this.#session;
      if (hash === null) {
        opener.cancel();
        await models.playBuiltIn();
        this.#session.advise();
        return;
      }
      const [found] = await findFiles(hash);
      if (!found) throw notKept();
      const { file, name, url } = found;
      await this.#open({ kind: 'blob', name: name ?? hash, blob: file }, { file, url, keptAs: name });
    });
  }

  rename(hash: string, name: string): Promise<void> {
    return this.#act(() => library.rename(hash, name));
  }

  delete(hash: string): Promise<void> {
    return this.#act(() => library.remove(hash));
  }

  /** The terrain that plays, as nn.terrain's checkpoint. */
  async exportTerrain(): Promise<{ readonly name: string; readonly blob: Blob }> {
    const { terrain } = this.#session;
    const { writeCheckpoint } = await import('../formats/checkpoint/index.js');
    const blob = new Blob([writeCheckpoint(terrain) as Uint8Array<ArrayBuffer>]);
    // Characters that a file system or a web server may not like.
    const name = terrain.name.replace(/[^\p{L}\p{N} ._-]+/gu, '_').trim() || 'terrain';
    return { name: `${name}.pt`, blob };
  }

  setAttribute(name: string, value: boolean | number): Promise<void> {
    return this.#act(async () => {
      const { models, opener } = this.#session;
      const { info, origin } = models;
      if (!origin) return;
      const attributes: AttributeValues = { ...origin.attributes, [name]: value };
      const source = { kind: 'blob', name: info.name, blob: origin.file } as const;
      await opener.open(source, attributes, async ({ opened }) => {
        if (opened.kind === 'model') await models.play(opened.instrument, { ...origin, attributes });
      });
    });
  }

  async #act(act: () => Promise<void>): Promise<void> {
    // Told already.
    await this.#session.attempt(act).catch(() => {});
  }

  #open(source: FileSource, origin: Origin): Promise<void> {
    return this.#session.opener.open(source, {}, async ({ opened, file: fetched }) => {
      const file = origin.file ?? fetched;
      if (!file) throw new Error('the loader fetched a file and did not give it');
      if (opened.kind === 'terrain') await this.#playTerrain(opened, file, origin);
      else await this.#playModel(opened, file, origin);
      this.#session.advise();
      if (!origin.keptAs) this.#keep(opened, file, origin.url);
    });
  }

  async #playTerrain(
    { terrain, hash }: OpenedFile & { kind: 'terrain' },
    blob: Blob,
    { keptAs }: Origin,
  ): Promise<void> {
    const named = keptAs ? { ...terrain, name: keptAs } : terrain;
    await this.#session.playTerrain(named, { hash, name: named.name, blob });
  }

  async #playModel(
    { instrument }: OpenedFile & { kind: 'model' },
    file: Blob,
    { url }: Origin,
  ): Promise<void> {
    const { models, notices } = this.#session;
    const { missing, reference } = models;
    const { hash } = instrument.info;
    const arrived = missing?.hash === hash;
    await models.play(instrument, { file, url: url ?? (arrived ? missing.url : null), attributes: {} });
    // The project's settings of the model were not known to be meant for this file.
    if (arrived) await models.restore(reference);
    else if (missing && url !== null && url === missing.url)
      notices.add(
        `The address now gives another model than «${missing.name}», which the project was made with.`,
      );
  }

  /** Behind the scenes: the sound does not wait for the disk. */
  #keep(opened: OpenedFile, file: Blob, url: string | null): void {
    library
      .keep({ ...describe(opened), bytes: file.size, addedAt: Date.now(), url }, file)
      .catch(({ message }: Error) => this.#session.notices.add(message));
  }
}

function describe(opened: OpenedFile): Omit<KeptItem, 'bytes' | 'addedAt' | 'url'> {
  if (opened.kind === 'terrain') {
    const { hash, terrain } = opened;
    return { kind: 'terrain', hash, name: terrain.name, latents: terrain.network.latents, sampleRate: null };
  }
  const { hash, name, latents, namedLatents = latents, sampleRate } = opened.instrument.info;
  return { kind: 'model', hash, name, latents: namedLatents, sampleRate };
}

function notKept(): PluginError {
  return new PluginError(
    'model/unreadable',
    'This file is no longer in the library: it was deleted, perhaps in another tab. Open it again. Your current sound goes on.',
  );
}

/** The whole address of what a musician typed. Throws: PluginError `model/unreachable`. */
function checkAddress(text: string): string {
  let url: URL | null = null;
  try {
    url = new URL(text.trim(), document.baseURI);
  } catch {
    // Refused below.
  }
  if (!url || !/^https?:$/.test(url.protocol))
    throw new PluginError(
      'model/unreachable',
      `«${text.slice(0, 200)}» is no address of a file on the web. It must begin with https://. Your current sound goes on.`,
    );
  return url.href;
}
