/**
 * Brings the processor into a context and makes the node, turning the three ways a host can have forgotten something
 * into sentences instead of promises that wait for ever. Thread: main.
 */

import type { WebAudioModule } from '@webaudiomodules/sdk';
import { PluginError } from '../shared/errors.js';
import { missingAsset, PROCESSOR_URL } from './assets.js';
import { TerrainNode } from './node.js';

/** Contexts whose host came too late: a module is evaluated once per address, so another try needs another one. */
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
    await context.audioWorklet.addModule(attempt === 0 ? PROCESSOR_URL : `${PROCESSOR_URL}#${attempt}`);
  } catch (error) {
    failures.set(context, attempt + 1);
    throw missingAsset(PROCESSOR_URL, 'the browser could not load it as an audio module', error);
  }
  let node: TerrainNode;
  try {
    node = new TerrainNode(module);
  } catch (error) {
    failures.set(context, attempt + 1);
    throw new PluginError(
      'host/not-initialised',
      'This page did not prepare its audio context for Web Audio Modules, so the plugin cannot start. The host must await initializeWamHost(audioContext) before it creates plugins.',
      [],
      error,
    );
  }
  try {
    await node.start();
    return node;
  } catch (error) {
    throw new PluginError(
      'host/not-initialised',
      `The audio part of the plugin did not start: the host gave the group «${module.groupId}», which this audio context does not know. The host must pass the group id that initializeWamHost returned for this context.`,
      [],
      error,
    );
  }
}
