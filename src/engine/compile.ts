/**
 * Graph → EnginePlan: lowers every node to jobs, lays out memory, packs the weights. Runs off the audio thread, once
 * per instrument or terrain; what it makes is plain data for `instance.ts`. The schedule is `burst`: all jobs at once.
 */

import type { AnyNode, Graph, GraphPort, GraphState, OpName, ValueId } from '../graph/graph.js';
import { forEachIndex } from '../graph/kernels/tensor.js';
import { elementCount, rowMajorStrides } from '../graph/tensor-shape.js';
import type { EnginePlan, PortLayout, VoicePlan } from '../shared/engine-plan.js';
import { JOB_WORDS } from './kernels/job-codes.js';
import type { Job, Word } from './jobs.js';
import { LoweringContext } from './lowering/context.js';
import { lineShape } from './lowering/convolution.js';
import { lower } from './lowering/table.js';
import { withoutTiny } from './lowering/weights.js';
import { place, type Placement, type PlacedVoice } from './places.js';
import { sliceView, usualStrides, type Region, type View } from './views.js';

export interface CompileOptions {
  /** Independent streams through the same weights; 1 if not given. */
  readonly voices?: number;
  /** Start from what the model file stored, where it stored something; from zeros if not given. */
  readonly storedStates?: boolean;
  /** Free bytes around every region, none shared: for tests that look for stray writes. 0 if not given. */
  readonly guardBytes?: number;
}

/**
 * @param graph Verified; best after `optimise`.
 * @returns A plan that any number of EngineInstances can run. Its weights are copies.
 */
export function compile(graph: Graph, options: CompileOptions = {}): EnginePlan {
  return layOut(graph, options).plan;
}

/** As `compile`; tells as well which bytes each region has, so that a test can find stray writes. */
export function layOut(
  graph: Graph,
  options: CompileOptions = {},
): { plan: EnginePlan; regions: readonly { readonly offset: number; readonly bytes: number }[] } {
  const context = new LoweringContext(graph, feedingProducts(graph));
  const ports = new Map<GraphPort, View>();
  const portView = (port: GraphPort): View => {
    const shape = context.shape(port.value);
    const region = context.region('port', port.name, elementCount(shape));
    const view = { region, offset: 0, shape, strides: rowMajorStrides(shape) };
    ports.set(port, view);
    return view;
  };
  for (const port of graph.inputs) context.define(port.value, portView(port));
  for (const port of graph.outputs) portView(port);
  const states = lowerStates(graph, context);
  chooseDestinations(graph, context, ports);
  for (const node of graph.nodes) lower(node, context);
  for (const port of graph.outputs) {
    const view = ports.get(port)!;
    if (context.destinations.get(port.value) !== view) context.copy(view, context.view(port.value));
  }
  updateStates(
    context,
    states.filter(({ owned }) => !owned),
  );

  const placement = place(context.regions, {
    voices: options.voices ?? 1,
    jobBytes: context.jobs.length * JOB_WORDS * 4,
    guardBytes: options.guardBytes ?? 0,
  });
  const initialState = options.storedStates ? startingState(states, placement.voices[0]) : undefined;
  const plan = {
    name: graph.name,
    memoryBytes: placement.memoryBytes,
    image: image(context, placement),
    voices: placement.voices.map((voice) => ({
      ...voicePlan(graph, context.jobs.length, ports, voice),
      ...(initialState && { initialState }),
    })),
    macs: context.macs,
  };
  const regions = placement.voices.flatMap(({ addresses }) =>
    [...addresses].map(([region, offset]) => ({ offset, bytes: region.length * 4 })),
  );
  return { plan, regions };
}

/** Ops that multiply and accumulate, with the inputs that are multiplied. */
const productInputs: { readonly [K in OpName]?: readonly number[] } = {
  matmul: [0, 1],
  conv1d: [0],
  cached_conv1d: [0],
  conv_transpose1d: [0],
  cached_conv_transpose1d: [0],
};

/** Values that only products read. Others keep their tiny magnitudes: log(x + 1e-20) must see the 1e-20. */
function feedingProducts(graph: Graph): Set<ValueId> {
  const feeding = new Set<ValueId>();
  const others = new Set<ValueId>(graph.outputs.map(({ value }) => value));
  for (const { output } of graph.states) others.add(output);
  for (const node of graph.nodes)
    node.inputs.forEach((input, index) => {
      if (input === null) return;
      (productInputs[node.op]?.includes(index) ? feeding : others).add(input);
    });
  for (const value of others) feeding.delete(value);
  return feeding;
}

interface KeptState {
  readonly state: GraphState;
  /** In the shape of the state; a part of a longer line for a cached convolution's history. */
  readonly view: View;
  /** A cached convolution owns its state (the verifier saw to that) and updates it itself. */
  readonly owned: boolean;
}

/** Gives every state its memory. */
function lowerStates(graph: Graph, context: LoweringContext): KeptState[] {
  const owners = new Map<ValueId, AnyNode>();
  for (const node of graph.nodes)
    if (node.op === 'cached_conv1d' || node.op === 'cached_conv_transpose1d')
      owners.set(node.inputs[1]!, node);
  const kept: KeptState[] = [];
  for (const state of graph.states) {
    const owner = owners.get(state.input);
    const shape = owner?.op === 'cached_conv1d' ? lineShape(owner, context) : context.shape(state.input);
    const region = context.region('state', state.name, elementCount(shape));
    const view = { region, offset: 0, shape, strides: usualStrides(shape) };
    const past = context.shape(state.input);
    kept.push({ state, view: owner ? sliceView(view, 2, 0, past[2]!) : view, owned: owner !== undefined });
    if (owner) context.caches.set(owner, view);
    else context.define(state.input, view);
  }
  return kept;
}

/** The bytes of one voice's states at the start; undefined when nothing is stored. All voices are laid out alike. */
function startingState(states: readonly KeptState[], voice: PlacedVoice | undefined): Uint8Array | undefined {
  if (!voice || states.every(({ state }) => state.stored === undefined)) return undefined;
  const bytes = new Uint8Array(voice.stateBytes);
  const memory = new Float32Array(bytes.buffer);
  for (const { state, view } of states) {
    const { stored } = state;
    if (stored === undefined) continue;
    const start = (voice.addresses.get(view.region)! - voice.stateOffset) / 4 + view.offset;
    forEachIndex(view.shape, [view.strides], (position, [offset]) => {
      memory[start + offset!] = withoutTiny(stored[position]!);
    });
  }
  return bytes;
}

/** Tells values where later ops want them; later ops choose first, so that nested concatenations fit together. */
function chooseDestinations(
  graph: Graph,
  context: LoweringContext,
  ports: ReadonlyMap<GraphPort, View>,
): void {
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  const want = (value: ValueId, view: View): void => {
    if (computed.has(value) && !context.destinations.has(value)) context.destinations.set(value, view);
  };
  for (const port of graph.outputs) want(port.value, ports.get(port)!);
  for (const node of [...graph.nodes].reverse()) {
    if (node.op === 'concat') wantParts(node, context, want);
    const line = context.caches.get(node);
    if (line && node.op === 'cached_conv1d') {
      const time = context.shape(node.inputs[0]!)[2]!;
      want(node.inputs[0]!, sliceView(line, 2, line.shape[2]! - time, time));
    }
  }
}

function wantParts(
  node: Extract<AnyNode, { op: 'concat' }>,
  context: LoweringContext,
  want: (value: ValueId, view: View) => void,
): void {
  const [output] = node.outputs;
  let whole = context.destinations.get(output!);
  if (!whole) {
    whole = context.scratch(context.graph.values[output!]!.name, context.shape(output!));
    context.destinations.set(output!, whole);
  }
  const { axis } = node.attributes;
  let start = 0;
  for (const input of node.inputs) {
    const size = context.shape(input!)[axis]!;
    want(input!, sliceView(whole, axis, start, size));
    start += size;
  }
}

function updateStates(context: LoweringContext, states: readonly KeptState[]): void {
  // All reads before all writes: a state may become what another one was.
  const updates = states.map(({ state, view }) => {
    const next = context.view(state.output);
    if (next.region.kind !== 'state') return { view, next };
    const saved = context.scratch(`next ${state.name}`, next.shape);
    context.copy(saved, next);
    return { view, next: saved };
  });
  for (const { view, next } of updates) context.copy(view, next);
}

function image(context: LoweringContext, placement: Placement): EnginePlan['image'] {
  const constants = [...placement.constants].map(([region, offset]) => ({
    offset,
    bytes: new Uint8Array(region.contents!.buffer),
  }));
  const tables = placement.voices.map(({ addresses, jobs }) => ({
    offset: jobs,
    bytes: jobTable(context.jobs, addresses),
  }));
  return [...constants, ...tables];
}

function jobTable(jobs: readonly Job[], addresses: ReadonlyMap<Region, number>): Uint8Array {
  const table = new DataView(new ArrayBuffer(jobs.length * JOB_WORDS * 4));
  jobs.forEach((job, index) =>
    job.forEach((word, position) => writeWord(table, (index * JOB_WORDS + position) * 4, word, addresses)),
  );
  return new Uint8Array(table.buffer);
}

function writeWord(table: DataView, at: number, word: Word, addresses: ReadonlyMap<Region, number>): void {
  if (word === null) return;
  if (typeof word === 'number') table.setInt32(at, word, true);
  else if ('real' in word) table.setFloat32(at, word.real, true);
  else table.setInt32(at, addresses.get(word.region)! + word.offset * 4, true);
}

function voicePlan(
  graph: Graph,
  jobCount: number,
  ports: ReadonlyMap<GraphPort, View>,
  voice: PlacedVoice,
): VoicePlan {
  const layout = (port: GraphPort): PortLayout => {
    const { region, shape } = ports.get(port)!;
    const { name, role, channel, distribution } = port;
    const offset = voice.addresses.get(region)!;
    return {
      ...{ name, role, shape, offset },
      ...(channel !== undefined && { channel }),
      ...(distribution !== undefined && { distribution }),
    };
  };
  const { jobs, stateOffset, stateBytes } = voice;
  return {
    inputs: graph.inputs.map(layout),
    outputs: graph.outputs.map(layout),
    jobs,
    jobCount,
    stateOffset,
    stateBytes,
  };
}
