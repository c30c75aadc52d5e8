/**
 * From a decoded ONNX model to a Graph: walks the nodes in order and keeps what each name stands for. Collects all
 * that is not supported before it refuses. The ops' importers are in `ops/`.
 */

import { GraphBuilder } from '../../graph/builder.js';
import type { Graph, ValueId } from '../../graph/graph.js';
import type { Shape } from '../../graph/tensor-shape.js';
import { contradictory, tooLarge, unreadable, unsupported, Unsupported } from './errors.js';
import { type ImportCost, NodeImport, type Operand, originOf, storedOperand } from './node.js';
import { comparisonImporters } from './ops/comparisons.js';
import { composedImporters } from './ops/composed.js';
import { constantImporters } from './ops/constants.js';
import { elementwiseImporters, type OpImporter } from './ops/elementwise.js';
import { layoutImporters } from './ops/layout.js';
import { networkImporters } from './ops/network.js';
import { randomImporters } from './ops/random.js';
import { inputShape, PortConvention, stateName } from './ports.js';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './schema.js';
import type { PortRole } from '../../shared/engine-plan.js';
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

/** What a port is taken for where the file does not say, and how its numbers lie in the file's own layout. */
export interface GuessedPort {
  readonly name: string;
  readonly role: PortRole;
  /** From the port, [1, channels, columns], to the model's own input; or from the model's output to the port. */
  readonly convert: (value: ValueId, builder: GraphBuilder) => ValueId;
}

/** One way to read a model that does not say what its ports are. */
export interface PortGuess {
  readonly input: GuessedPort & { readonly shape: Shape };
  /** The one output that is kept. */
  readonly output: GuessedPort;
}

/** An ONNX model, read once or for several lengths: its weights are read once. */
export class ImportSession {
  readonly facts: ReadonlyMap<string, string>;
  readonly hasStates: boolean;
  readonly hasRoles: boolean;
  /** Inputs that are neither weights nor states nor noise. */
  readonly signals: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  private readonly shared: SharedImport = { tensors: new Map(), cost: { integers: 0 } };
  private readonly graph: OnnxGraph;

  /** @throws PluginError 'model/unreadable' or 'model/too-large'. */
  constructor(private readonly model: OnnxModel) {
    if (model.irVersion === undefined || model.graph === undefined || model.operatorSets.length === 0)
      throw unreadable('there is no model in it');
    this.graph = model.graph;
    const { nodes, initializers, inputs, outputs } = this.graph;
    if (Math.max(nodes.length, initializers.length, inputs.length, outputs.length) > MAX_NODES)
      throw tooLarge(`${nodes.length} nodes, ${initializers.length} weights`);
    const convention = new PortConvention(model);
    const weights = new Set(initializers.map(({ name }) => name ?? ''));
    const given = inputs.filter(({ name = '' }) => !weights.has(name));
    this.facts = convention.facts;
    this.hasRoles = convention.hasRoles;
    this.hasStates = given.some(({ name = '' }) => convention.stateOutput(name) !== undefined);
    this.signals = given.filter(
      ({ name = '' }) => convention.stateOutput(name) === undefined && !convention.isNoise(name),
    );
    this.outputs = outputs;
  }

  /**
   * @param guess For a model that does not say what its ports are; without it the file must.
   * @throws PluginError as `readOnnx` does.
   */
  import(guess: PortGuess | null = null): Graph {
    return new ModelImport(this.model, this.graph, this.shared, guess?.input ?? null).graphFor(
      guess?.output ?? null,
    );
  }

  /** The shapes of all outputs that are signals, if the input is taken for this. Throws as `import` does. */
  outputShapes(input: PortGuess['input']): ReadonlyMap<string, Shape> {
    return new ModelImport(this.model, this.graph, this.shared, input).outputShapes();
  }
}

/** What all imports of one model share. */
interface SharedImport {
  readonly tensors: Map<OnnxTensor, StoredTensor>;
  readonly cost: ImportCost;
}

function signal(id: ValueId): Operand {
  return { kind: 'value', id, half: false };
}

class ModelImport {
  private readonly builder: GraphBuilder;
  private readonly convention: PortConvention;
  private readonly opset: number;
  private readonly findings: string[] = [];
  /** What each name stands for; null once it depends on something unsupported. */
  private readonly operands = new Map<string, Operand | null>();
  private readonly stateNames = new Map<string, string>();

  constructor(
    model: OnnxModel,
    private readonly graph: OnnxGraph,
    private readonly shared: SharedImport,
    private readonly guessedInput: PortGuess['input'] | null,
  ) {
    this.builder = new GraphBuilder(graph.name || 'model');
    this.convention = new PortConvention(model);
    this.opset = model.operatorSets.find(({ domain = '' }) => OWN_DOMAINS.includes(domain))?.version ?? 0;
    if (this.opset < OLDEST_OPSET || this.opset > NEWEST_OPSET)
      this.findings.push(
        `operator set ${this.opset} (model): versions ${OLDEST_OPSET} to ${NEWEST_OPSET} are supported`,
      );
    this.readInitializers();
    this.readInputs();
    for (const node of graph.nodes) this.readNode(node);
  }

  graphFor(guessed: GuessedPort | null): Graph {
    if (guessed === null) this.readOutputs();
    const given = guessed && this.lookUp(guessed.name, `${guessed.name} (output)`);
    if (this.findings.length > 0) throw unsupported(this.findings);
    if (guessed !== null && given?.kind === 'value')
      this.builder.output(guessed.name, guessed.convert(given.id, this.builder), guessed.role);
    for (const [key, text] of this.convention.facts) this.builder.setMetadata(key, text);
    return this.builder.build();
  }

  outputShapes(): ReadonlyMap<string, Shape> {
    if (this.findings.length > 0) throw unsupported(this.findings);
    const shapes = new Map<string, Shape>();
    for (const { name = '' } of this.graph.outputs) {
      const operand = this.lookUp(name, `${name} (output)`);
      if (operand?.kind === 'value' && !operand.half) shapes.set(name, this.builder.shape(operand.id));
    }
    return shapes;
  }

  private readInitializers(): void {
    for (const tensor of this.graph.initializers) {
      const name = tensor.name ?? '';
      this.attempt(name, 'weights', [name], () => [
        storedOperand(this.tensor(tensor, name), this.builder, name),
      ]);
    }
  }

  /** Reads each tensor once, whatever the number of imports. */
  private tensor(tensor: OnnxTensor, name: string): StoredTensor {
    const known = this.shared.tensors.get(tensor);
    if (known !== undefined) return known;
    const read = readTensor(tensor, name);
    this.shared.tensors.set(tensor, read);
    return read;
  }

  private readInputs(): void {
    const weights = new Set(this.graph.initializers.map(({ name }) => name ?? ''));
    for (const info of this.graph.inputs) {
      const name = info.name ?? '';
      // Old files list their weights among the inputs.
      if (weights.has(name)) continue;
      this.attempt(name, 'input', [name], () => {
        const guess = this.guessedInput;
        if (guess?.name === name) {
          const port = this.builder.input(name, guess.shape, guess.role);
          return [signal(guess.convert(port, this.builder))];
        }
        const shape = inputShape(info);
        const next = this.convention.stateOutput(name);
        if (next !== undefined) {
          const state = stateName(name);
          this.stateNames.set(next, state);
          return [signal(this.builder.state(state, shape, this.convention.stored(state, shape)))];
        }
        const { role, channel, distribution } = this.convention.port(name);
        return [signal(this.builder.input(name, shape, role, channel, distribution))];
      });
    }
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
      return importer(new NodeImport(node, operands, this.builder, this.shared.cost, this.opset));
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
