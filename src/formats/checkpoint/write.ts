/**
 * Writes a terrain as nn.terrain's checkpoint: the archive that LibTorch's `torch::serialize` makes, record by record,
 * so that nn.terrain and `torch.jit.load` read it. Bounds and name, for which that format has no place, go into an extra
 * file that both pass over.
 */

import { strToU8 } from 'fflate';
import type { Terrain } from '../../shared/terrain.js';
import { checkTerrain } from '../../terrain/validate.js';
import { writeArchive, type ArchiveEntry } from '../archive/index.js';
import { Pickler } from '../pickle/pickler.js';
import { EXTRA, FIRST_LAYER, LAYERS, SLOPES } from './layout.js';
import { deviation } from './read.js';

/** What nn.terrain takes for the number of Fourier features if its user gives none; without meaning where there are none. */
const DEFAULT_FEATURES = 256;
const LEAST_SCALE = 1e-6;

/**
 * @param scale Standard deviation from which the Fourier frequencies were drawn, for nn.terrain to show; if not known, that
 *   of the frequencies themselves.
 * @returns The file. The same terrain gives the same bytes.
 * @throws PluginError as `checkTerrain` does.
 */
export function writeCheckpoint(terrain: Terrain, scale?: number): Uint8Array {
  checkTerrain(terrain);
  const { inputs, latents, channels, features, fourier, layers, slopes } = terrain.network;
  const writer = new ModuleWriter();
  if (fourier) {
    writer.buffer('two_pi', floats([2 * Math.PI]), [], []);
    // In memory as B, row-major; seen as its transpose.
    writer.buffer('B_T', floats(fourier), [inputs, features], [1, inputs]);
  }
  layers.forEach((layer, i) => {
    const name = i > 0 ? LAYERS[i - 1]! : fourier ? FIRST_LAYER.fourier : FIRST_LAYER.plain;
    writer.child(name, [
      ['weight', floats(layer.weight), [layer.rows, layer.columns], [layer.columns, 1]],
      ['bias', floats(layer.bias), [layer.rows], [1]],
    ]);
    if (i < 4) writer.child(SLOPES[i]!, [['weight', floats([slopes[i]!]), [1], [1]]]);
  });
  writer.constant('m_in_dim', whole(inputs));
  writer.constant('m_out_dim', whole(latents));
  writer.constant('m_cmax', whole(channels));
  // nn.terrain looks at it to tell whether there are Fourier features: it must not be 0 by accident.
  const shown = fourier ? Math.max(LEAST_SCALE, scale ?? deviation(fourier)) : 0;
  writer.constant('m_gauss_scale', floats([shown]));
  writer.constant('m_mapping_size', whole(features || DEFAULT_FEATURES));
  const extra = JSON.stringify({ name: terrain.name, bounds: terrain.bounds });
  return writeArchive('terrain', [...writer.finish(), { name: EXTRA, bytes: strToU8(extra) }]);
}

/** Bytes of a storage, and what they are. */
interface Storage {
  readonly type: 'float32' | 'int64';
  readonly elements: number;
  readonly bytes: Uint8Array;
}

type Tensor = readonly [name: string, storage: Storage, shape: readonly number[], strides: readonly number[]];

function floats(values: ArrayLike<number>): Storage {
  const array = Float32Array.from(values);
  return { type: 'float32', elements: array.length, bytes: new Uint8Array(array.buffer) };
}

function whole(value: number): Storage {
  return { type: 'int64', elements: 1, bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) };
}

/** Collects the root module's attributes as storages, pickle and code. */
class ModuleWriter {
  private readonly storages: ArchiveEntry[] = [];
  private readonly sources: ArchiveEntry[] = [];
  private readonly pickler = new Pickler();
  private readonly parameters: string[] = [];
  private readonly buffers: string[] = [];
  private readonly attributes: string[] = [];

  constructor() {
    this.pickler.beginObject('__torch__', 'Module');
  }

  buffer(name: string, storage: Storage, shape: readonly number[], strides: readonly number[]): void {
    this.buffers.push(name);
    this.attributes.push(`${name} : Tensor`);
    this.tensor([name, storage, shape, strides], { trained: false, remembered: true });
  }

  /** A number beside the network; LibTorch writes it as a parameter that is not trained. */
  constant(name: string, storage: Storage): void {
    this.parameters.push(name);
    this.attributes.push(`${name} : Tensor`);
    this.tensor([name, storage, [], []], { trained: false, remembered: false });
  }

  /** A module of parameters, with a class of its own: LibTorch numbers them. */
  child(name: string, tensors: readonly Tensor[]): void {
    const mangled = `___torch_mangle_${this.sources.length}`;
    this.attributes.push(`${name} : __torch__.${mangled}.Module`);
    this.pickler.text(name);
    this.pickler.beginObject(`__torch__.${mangled}`, 'Module');
    for (const tensor of tensors) this.tensor(tensor, { trained: true, remembered: true });
    this.pickler.endObject();
    const names = tensors.map(([each]) => each);
    const source = moduleSource(
      names,
      [],
      names.map((each) => `${each} : Tensor`),
    );
    this.sources.push({ name: `code/__torch__/${mangled}.py`, bytes: strToU8(source) });
  }

  /** The archive's records, in LibTorch's order. */
  finish(): ArchiveEntry[] {
    this.pickler.endObject();
    this.pickler.remember();
    return [
      ...this.storages,
      { name: 'data.pkl', bytes: this.pickler.finish() },
      {
        name: 'code/__torch__.py',
        bytes: strToU8(moduleSource(this.parameters, this.buffers, this.attributes)),
      },
      ...this.sources,
      { name: 'constants.pkl', bytes: Uint8Array.of(0x80, 2, 0x29, 0x2e) }, // an empty tuple
      { name: 'version', bytes: strToU8('3\n') },
      { name: 'byteorder', bytes: strToU8('little') },
    ];
  }

  private tensor(
    [name, storage, shape, strides]: Tensor,
    how: { readonly trained: boolean; readonly remembered: boolean },
  ): void {
    const key = String(this.storages.length);
    this.storages.push({ name: `data/${key}`, bytes: storage.bytes });
    this.pickler.text(name);
    this.pickler.tensor({
      key,
      storageType: storage.type,
      storageElements: storage.elements,
      shape,
      strides,
      ...how,
    });
  }
}

/** The class of a module without methods, as TorchScript writes it. */
function moduleSource(
  parameters: readonly string[],
  buffers: readonly string[],
  attributes: readonly string[],
): string {
  const list = (names: readonly string[]): string => `[${names.map((name) => `"${name}", `).join('')}]`;
  const lines = [
    'class Module(Module):',
    `  __parameters__ = ${list(parameters)}`,
    `  __buffers__ = ${list(buffers)}`,
    ...attributes.map((attribute) => `  ${attribute}`),
  ];
  return `${lines.join('\n')}\n`;
}
