/**
 * Which model sounds, which one the project wants, and the way from one to the other. A model that is wanted and not
 * here is missing: something else plays meanwhile, and it plays as soon as its file turns up. Thread: main.
 */

import type { ModelReference } from '../formats/preset/state.js';
import type { AttributeValues, Instrument, InstrumentInfo } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import type { MissingModel } from '../shared/face.js';
import { Emitter } from './emitter.js';
import { findFiles, holdFile, onFileHere, releaseFiles, type FoundFile } from './files-in-use.js';
import { library } from './library.js';
import type { TerrainNode } from './node.js';
import type { Opener } from './opener.js';

interface ModelEvents {
  instrument: InstrumentInfo;
  missing: MissingModel | null;
  /** A model that arrived by itself cannot be played. */
  trouble: unknown;
}

/** Where a model that plays came from. */
export interface ModelOrigin {
  readonly file: Blob;
  readonly url: string | null;
  /** Chosen values; what is absent is as in the file. */
  readonly attributes: AttributeValues;
}

export class Models {
  readonly changes = new Emitter<ModelEvents>();
  readonly #node: TerrainNode;
  readonly #opener: Opener;
  readonly #kernels: WebAssembly.Module;
  readonly #builtIn: Instrument;
  #info: InstrumentInfo;
  /** Null for the built-in model. */
  #origin: ModelOrigin | null = null;
  /** What the state names although something else plays, on its way or missing. */
  #wanted: ModelReference | null = null;
  #missing: MissingModel | null = null;
  /** What is being looked for and opened: no reason to begin anew when it turns up once more. */
  #searching: ModelReference | null = null;

  /** @param builtIn Shared by all plugins of the page: never transferred. */
  constructor(node: TerrainNode, opener: Opener, kernels: WebAssembly.Module, builtIn: Instrument) {
    this.#node = node;
    this.#opener = opener;
    this.#kernels = kernels;
    this.#builtIn = builtIn;
    this.#info = builtIn.info;
    const ends = [
      onFileHere((hash) => this.#arrived(hash)),
      library.changes.on('library', ({ items }) => {
        const item = items.find(({ hash }) => hash === this.#info.hash);
        if (item && this.#origin) this.#rename(item.name);
      }),
    ];
    node.changes.on('lost', () => {
      for (const end of ends) end();
      releaseFiles(this);
    });
  }

  get info(): InstrumentInfo {
    return this.#info;
  }
  /** Where the model that plays came from; null for the built-in one. */
  get origin(): ModelOrigin | null {
    return this.#origin;
  }
  get missing(): MissingModel | null {
    return this.#missing;
  }

  /** What a state names: the model that plays, or the one that should. */
  get reference(): ModelReference {
    if (this.#wanted) return this.#wanted;
    const { hash, name } = this.#info;
    const { url = null, attributes = {} } = this.#origin ?? {};
    return { hash, name, url, attributes };
  }

  /**
   * The model takes over at a hop boundary; what was wanted before no longer is. The weights are given away.
   * Throws: PluginError; then the old one plays on.
   */
  async play(instrument: Instrument, origin: ModelOrigin): Promise<void> {
    await this.#send(instrument, true);
    const { hash } = instrument.info;
    const name = library.contents.items.find((item) => item.hash === hash)?.name ?? instrument.info.name;
    this.#take({ ...instrument.info, name }, origin);
    holdFile(this, 'model', { hash, file: origin.file });
  }

  /** Throws: PluginError; then the old one plays on. */
  async playBuiltIn(): Promise<void> {
    await this.#send(this.#builtIn, false);
    this.#take(this.#builtIn.info, null);
    holdFile(this, 'model', null);
  }

  /**
   * Play what a state names, if it can be had without asking anybody. If not, it is missing and the old one plays on.
   * Resolves when either is so. Throws: why a file that is here cannot be played; then it is missing, too.
   */
  async restore(wanted: ModelReference): Promise<void> {
    const { hash, name, url } = wanted;
    this.#opener.cancel();
    this.#wanted = null;
    if (hash !== this.#missing?.hash) this.#setMissing(null);
    if (sameModel(wanted, this.reference)) return;
    if (hash === this.#builtIn.info.hash) return this.playBuiltIn();
    this.#wanted = wanted;
    const refusal = await this.#tryFiles(wanted);
    // Played, or another wish came meanwhile.
    if (this.#wanted !== wanted) return;
    this.#searching = null;
    if (hash !== this.#missing?.hash) this.#setMissing({ hash, name, url });
    if (refusal) throw refusal;
  }

  /** @returns why the last of the files that are here cannot be played, if that is so. */
  async #tryFiles(wanted: ModelReference): Promise<Error | null> {
    this.#searching = wanted;
    let refusal: Error | null = null;
    for (const found of await findFiles(wanted.hash)) {
      if (this.#wanted !== wanted) break;
      try {
        await this.#open(found, wanted);
        break;
      } catch (error) {
        // The musician stopped it, or opens something else: another copy is not what is wanted.
        if (error instanceof PluginError && error.code === 'model/cancelled') return null;
        refusal = error instanceof Error ? error : new Error(String(error));
      }
    }
    return refusal;
  }

  #open({ file, name, url }: FoundFile, wanted: ModelReference): Promise<void> {
    const source = { kind: 'blob', name: name ?? wanted.name, blob: file } as const;
    return this.#opener.open(source, wanted.attributes, async ({ opened }) => {
      if (opened.kind !== 'model' || opened.instrument.info.hash !== wanted.hash)
        throw new PluginError(
          'model/unreadable',
          `«${wanted.name}» is no longer what it was: its file changed. Open it again. Your current sound goes on.`,
        );
      if (this.#wanted !== wanted) return;
      const { attributes } = wanted;
      await this.play(opened.instrument, { file, url: wanted.url ?? url, attributes });
    });
  }

  #arrived(hash: string): void {
    const wanted = this.#wanted;
    if (!wanted || wanted === this.#searching || this.#missing?.hash !== hash) return;
    this.restore(wanted).catch((error: unknown) => this.changes.emit('trouble', error));
  }

  #send(instrument: Instrument, give: boolean): Promise<void> {
    const kernels = this.#kernels;
    const weights = instrument.decoder.image.map(({ bytes }) => bytes.buffer as ArrayBuffer);
    return this.#node.send({ type: 'instrument', instrument, kernels }, give ? [...new Set(weights)] : []);
  }

  #take(info: InstrumentInfo, origin: ModelOrigin | null): void {
    this.#info = info;
    this.#origin = origin;
    this.#wanted = null;
    this.#searching = null;
    this.#setMissing(null);
    this.changes.emit('instrument', info);
  }

  #rename(name: string): void {
    if (name === this.#info.name) return;
    this.#info = { ...this.#info, name };
    this.changes.emit('instrument', this.#info);
  }

  #setMissing(missing: MissingModel | null): void {
    if (missing === this.#missing) return;
    this.#missing = missing;
    this.changes.emit('missing', missing);
  }
}

function sameModel(a: ModelReference, b: ModelReference): boolean {
  const entries = ({ attributes }: ModelReference) =>
    JSON.stringify(Object.entries(attributes).sort(([one], [two]) => (one < two ? -1 : 1)));
  return a.hash === b.hash && entries(a) === entries(b);
}
