/**
 * Entry of `dist/processor.js`, the module of AudioWorkletGlobalScope: registers the processor, nothing else.
 * One self-contained file, not a stringified function: types, lint and minifier see what runs.
 */

import initializeWamEnv from '@webaudiomodules/sdk/src/WamEnv.js';
import { apiVersion, identifier } from '../descriptor.json';
import { EngineInstance } from '../engine/instance.js';
import { createProcessor } from './processor.js';

/** Changes with every build; set by the bundler. */
declare const BUILD_ID: string;

/** `src/wam/module.ts` names the node's processor the same way. */
const MODULE_ID = `${identifier}.${BUILD_ID}`;

// The host does this first. If it did not, this module still has to evaluate: it will not be run a second time,
// and a host that initialises itself later finds the environment it would have made.
initializeWamEnv(apiVersion);

interface ModuleScope {
  registered?: boolean;
}
const { webAudioModules } = globalThis as unknown as {
  webAudioModules: { getModuleScope(id: string): ModuleScope };
};
const scope = webAudioModules.getModuleScope(MODULE_ID);

// The same build loaded from two addresses: the first registration serves both.
if (!scope.registered) {
  scope.registered = true;
  registerProcessor(
    MODULE_ID,
    createProcessor(MODULE_ID, (kernels, plan) => new EngineInstance(kernels, plan)),
  );
}
