/** TorchScript archives around a few lines of code, for what no exporter would write. */

import { strToU8 } from 'fflate';
import { writeArchive } from '../../src/formats/archive/index.js';
import { Pickler } from '../../src/formats/pickle/pickler.js';

/** `decode` takes [1, 2, 1] and gives one channel, 4 samples per latent. */
const DECODE_PARAMS = [2, 4, 1, 1];

/**
 * @param body Lines of `decode(self, z: Tensor) -> Tensor`, without indentation. @param more Further code of the class or
 *   the file, indented as it stands. @param table Numbers of a buffer `table`.
 */
export function scriptArchive(body: string, more = '', table = new Float32Array(1)): Uint8Array {
  const code = [
    'class Model(Module):',
    '  __parameters__ = []',
    '  __buffers__ = ["decode_params", "table", ]',
    '  decode_params : Tensor',
    '  table : Tensor',
    '  def decode(self: __torch__.Model,',
    '    z: Tensor) -> Tensor:',
    ...body.split('\n').map((line) => `    ${line}`),
    more,
    '',
  ];
  const pickler = new Pickler();
  pickler.beginObject('__torch__', 'Model');
  pickler.text('decode_params');
  pickler.tensor({
    storageType: 'int64',
    key: '0',
    storageElements: 4,
    shape: [4],
    strides: [1],
    trained: false,
    remembered: false,
  });
  pickler.text('table');
  pickler.tensor({
    storageType: 'float32',
    key: '1',
    storageElements: table.length,
    shape: [table.length],
    strides: [1],
    trained: false,
    remembered: false,
  });
  pickler.endObject();
  return writeArchive('model', [
    { name: 'data.pkl', bytes: pickler.finish() },
    { name: 'code/__torch__.py', bytes: strToU8(code.join('\n')) },
    { name: 'data/0', bytes: new Uint8Array(BigInt64Array.from(DECODE_PARAMS.map(BigInt)).buffer) },
    { name: 'data/1', bytes: new Uint8Array(table.slice().buffer) },
    { name: 'version', bytes: strToU8('3\n') },
  ]);
}
