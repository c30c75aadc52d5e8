/**
 * TorchScript archives (`.ts` models of nn~ and RAVE): opening one, and turning its methods into Graphs. The file brings
 * its own code, which is followed, never evaluated; nothing of any model family is built in here.
 */

export { openTorchScript, type TraceOptions, type TorchScriptModel } from './model.js';
export { traceDecoder } from './decoder.js';
export type { NnMethod, TorchScriptInfo } from './describe.js';
