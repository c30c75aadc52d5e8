/**
 * From a decoded ONNX model to a Graph: walks the nodes in order and keeps what each name stands for. Collects all
 * that is not supported before it refuses. The ops' importers are in `ops/`.
 */

import { GraphBuilder } from '../../graph/builder.js';
import type { Graph, ValueId } from '../../graph/graph.js';
import { sameShape, type Shape } from '../../graph/tensor-shape.js';
import { contradictory, tooLarge, unreadable, unsupported, Unsupported } from './errors.js';
import { type ImportCost, NodeImport, type Operand, originOf, storedOperand } from './node.js';
import { comparisonImporters } from './ops/comparisons.js';
import { composedImporters } from './ops/composed.js';
import { constantImporters } from './ops/constants.js';
import { elementwiseImporters, type OpImporter } from './ops/elementwise.js';
import { layoutImporters } from './ops/layout.js';
import { networkImporters } from './ops/network.js';
import { randomImporters } from './ops/random.js';
import { inputShape, PortConvention, stateName, storedState, isStoredState } from './ports.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from './schema.js';
import { readTensor, type StoredTensor } from './tensor.js';

const importers: ReadonlyMap<string, OpImporter> = new Map<string, OpImporter>(
  Object.entries({
    ...comparisonImporters,
    ...composedImporters,
    ...constantImporters,
    ...elementwiseImporters,
    ...layoutImporters,
    ...networkImporters,
    ...randomImporters,
  }),
);

/** Operator sets whose ops the importers know. */
const OLDEST_OPSET = 11;
const NEWEST_OPSET = 24;
const MAX_NODES = 20_000;
const OWN_DOMAINS = ['', 'ai.onnx'];

/** Throws PluginError as `readOnnx` does. */
export function importModel(model: OnnxModel): Graph {
  if (model.irVersion === undefined || model.graph === undefined || model.operatorSets.length === 0)
    throw unreadable('there is no model in it');
  const own = model.operatorSets.find(({ domain = '' }) => OWN_DOMAINS.includes(domain));
  return new ModelImport(model, model.graph, own?.version ?? 0).run();
}

function value(id: ValueId): Operand {
  return { kind: 'value', id, half: false };
}

class ModelImport {
  private readonly builder: GraphBuilder;
  private readonly convention: PortConvention;
  private readonly findings: string[] = [];
  /** What each name stands for; null once it depends on something unsupported. */
  private readonly operands = new Map<string, Operand | null>();
  private readonly cost: ImportCost = { integers: 0 };
  private readonly storedStates = new Map<string, StoredTensor>();
  private readonly stateNames = new Map<string, string>();

  constructor(
    private readonly model: OnnxModel,
    private readonly graph: OnnxGraph,
    private readonly opset: number,
  ) {
    this.builder = new GraphBuilder(graph.name || 'model');
    this.convention = new PortConvention(model);
  }

  run(): Graph {
    const { nodes, initializers } = this.graph;
    if (nodes.length > MAX_NODES || initializers.length > MAX_NODES)
      throw tooLarge(`${nodes.length} nodes, ${initializers.length} weights`);
    if (this.opset < OLDEST_OPSET || this.opset > NEWEST_OPSET)
      this.findings.push(
        `operator set ${this.opset} (model): versions ${OLDEST_OPSET} to ${NEWEST_OPSET} are supported`,
      );
    this.readInitializers();
    this.readInputs();
    for (const node of nodes) this.readNode(node);
    this.readOutputs();
    if (this.findings.length > 0) throw unsupported(this.findings);
    for (const [key, text] of this.convention.facts) this.builder.setMetadata(key, text);
    return this.builder.build();
  }

  private readInitializers(): void {
    for (const tensor of this.graph.initializers) {
      const name = tensor.name ?? '';
      if (isStoredState(name)) {
        this.attempt(name, 'weights', [], () => {
          this.storedStates.set(name, readTensor(tensor, name));
          return null;
        });
        continue;
      }
      this.attempt(name, 'weights', [name], () => [
        storedOperand(readTensor(tensor, name), this.builder, name),
      ]);
    }
  }

  private readInputs(): void {
    const weights = new Set(this.graph.initializers.map(({ name }) => name ?? ''));
    for (const info of this.graph.inputs) {
      const name = info.name ?? '';
      // Old files list their weights among the inputs.
      if (weights.has(name)) continue;
      this.attempt(name, 'input', [name], () => {
        const shape = inputShape(info);
        const next = this.convention.stateOutput(name);
        if (next !== undefined) {
          const state = stateName(name);
          this.stateNames.set(next, state);
          return [value(this.builder.state(state, shape, this.stored(state, shape)))];
        }
        const { role, channel, distribution } = this.convention.port(name);
        return [value(this.builder.input(name, shape, role, channel, distribution))];
      });
    }
  }

  private stored(state: string, shape: Shape): Float32Array | undefined {
    const tensor = this.storedStates.get(storedState(state));
    if (tensor === undefined) return undefined;
    if (tensor.type !== 'float' || !sameShape(tensor.shape, shape))
      throw contradictory(`${state} (state): what it held has another shape or type`);
    return tensor.numbers as Float32Array;
  }

  private readNode(node: OnnxNode): void {
    const origin = originOf(node);
    const inputs = node.inputs.map((name) =>
      name === '' ? undefined : this.lookUp(name, `${origin} (${node.op})`),
    );
    const importer = OWN_DOMAINS.includes(node.domain ?? '') ? importers.get(node.op ?? '') : undefined;
    this.attempt(origin, node.op ?? '', node.outputs, () => {
      if (importer === undefined) throw new Unsupported('this op is not supported');
      // Depends on something that was refused already: nothing new to say.
      if (inputs.includes(null)) return null;
      const operands = inputs.map((operand) => operand ?? null);
      return importer(new NodeImport(node, operands, this.builder, this.cost, this.opset));
    });
  }

  private readOutputs(): void {
    const states = new Map(this.stateNames);
    for (const { name = '' } of this.graph.outputs) {
      const operand = this.lookUp(name, `${name} (output)`);
      const state = states.get(name);
      this.attempt(name, 'output', [], () => {
        if (state === undefined) this.convention.port(name);
        if (operand === null) return null;
        if (operand.kind === 'integers' || operand.half) throw new Unsupported('an output that is not float');
        if (state !== undefined) this.builder.setState(state, operand.id);
        else {
          const { role, channel } = this.convention.port(name);
          this.builder.output(name, operand.id, role, channel);
        }
        return null;
      });
      states.delete(name);
    }
    for (const [output, state] of states)
      throw contradictory(`${state} (state): expected an output ${output} for the next hop, got none`);
  }

  private lookUp(name: string, user: string): Operand | null {
    const operand = this.operands.get(name);
    if (operand === undefined) throw contradictory(`${user}: uses "${name}" before anything defines it`);
    return operand;
  }

  /** Defines `names` as what `read` gives, in order; an Unsupported becomes a finding and leaves them unknown. */
  private attempt(
    origin: string,
    op: string,
    names: readonly string[],
    read: () => readonly Operand[] | null,
  ): void {
    let results: readonly Operand[] | null = null;
    try {
      results = read();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.findings.push(`${origin} (${op}): ${error.message}`);
    }
    names.forEach((name, index) => {
      if (name === '') return;
      if (this.operands.has(name)) throw contradictory(`${origin} (${op}): defines "${name}" a second time`);
      this.operands.set(name, results?.[index] ?? null);
    });
  }
}
