/**
 * Brings the processor into a context and makes the node, turning what a host can have forgotten into sentences
 * instead of promises that wait for ever. Thread: main.
 */

import type { WebAudioModule } from '@webaudiomodules/sdk';
import { PluginError } from '../shared/errors.js';
import { missingAsset, PROCESSOR_URL } from './assets.js';
import { TerrainNode } from './node.js';

/** Failed downloads per context: a context remembers them by address, so another try needs another address. */
const failures = new WeakMap<BaseAudioContext, number>();

/** A node whose processor answers. Throws: PluginError `audio/blocked`, `asset/missing`, `host/not-initialised`. */
export async function createNode(module: WebAudioModule): Promise<TerrainNode> {
  const context = module.audioContext;
  if (context.state === 'closed')
    throw new PluginError(
      'audio/blocked',
      'The plugin cannot be made in an audio context that is closed. Make a new context first.',
    );
  const attempt = failures.get(context) ?? 0;
  try {
    await context.audioWorklet.addModule(attempt === 0 ? PROCESSOR_URL : `${PROCESSOR_URL}?again=${attempt}`);
  } catch (error) {
    failures.set(context, attempt + 1);
    throw missingAsset(PROCESSOR_URL, 'the browser could not use it as an audio module', error);
  }
  try {
    const node = new TerrainNode(module);
    await node.start();
    return node;
  } catch (error) {
    // The processor enters its group when it is made; in the SDK nobody hears when that fails.
    throw new PluginError(
      'host/not-initialised',
      `The audio part of the plugin did not start: this audio context knows no group «${module.groupId}». The host must await initializeWamHost(audioContext) and create the plugin with the group id that it returns.`,
      [],
      error,
    );
  }
}
