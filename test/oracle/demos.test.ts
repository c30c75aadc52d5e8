/**
 * nn~'s own demo models (spectral features, effects, attributes, buffers): each method answers as LibTorch, or is
 * refused with a list of what stands in the way. They lie in the folder `demos` of RAVE_ORACLE.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTorchScript } from '../../src/formats/torchscript/index.js';
import { PluginError } from '../../src/shared/errors.js';
import { greatestDifference, type RecordedCalls, runCalls, traceCalls } from '../support/torchscript.js';
import { oracle } from './archives.js';

const TOLERANCE = 1e-5;
const folder = oracle === null ? null : join(oracle, 'demos');

interface DemoReference {
  readonly runs: Readonly<Record<string, { readonly in_shape: readonly number[] }>>;
}

function readNumbers(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

if (folder === null || !existsSync(folder))
  it.skip("nn~'s demo models: RAVE_ORACLE names no folder with demos in it", () => undefined);
else
  describe.each(readdirSync(folder).filter((file) => file.endsWith('.ts')))('nn~ demo %s', (file) => {
    const stem = join(folder, file.slice(0, -'.ts'.length));
    const { runs } = JSON.parse(readFileSync(`${stem}.demo.json`, 'utf8')) as DemoReference;
    it.each(Object.entries(runs))('%s', async (method, { in_shape: inShape }) => {
      const model = await openTorchScript(new Uint8Array(readFileSync(join(folder, file))), file);
      const [calls, ...shape] = inShape as [number, ...number[]];
      const recorded: RecordedCalls = {
        method,
        attributes: {},
        calls,
        shape,
        inputs: readNumbers(`${stem}.${method}.in.f32`),
      };
      const expected = readNumbers(`${stem}.${method}.out.f32`);
      let answers: Float32Array;
      try {
        answers = runCalls(traceCalls(model, recorded), recorded, true);
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        expect(error.code).toBe('model/unsupported');
        expect(error.details.length).toBeGreaterThan(0);
        console.log(`${file} ${method} is refused: ${error.details.join('; ')}`);
        return;
      }
      // Spectral features are in Hz, up to thousands.
      const scale = expected.reduce((greatest, number) => Math.max(greatest, Math.abs(number)), 1);
      expect(greatestDifference(answers, expected) / scale).toBeLessThanOrEqual(TOLERANCE);
    });
  });
