/**
 * A Graph as text for people: one line per value, in order of definition. For tests, messages and the command line;
 * it is not read back.
 */

import type {
  Activation,
  AnyNode,
  ConvAttributes,
  Graph,
  GraphPort,
  OpAttributes,
  OpName,
  ValueId,
} from './graph.js';
import { formatShape } from './tensor-shape.js';

type Printer<K extends OpName> = (attributes: OpAttributes[K]) => readonly string[];

const nothing = (): readonly string[] => [];
const axis = (attributes: { readonly axis: number }): readonly string[] => [`axis=${attributes.axis}`];
const convolution = ({ stride, dilation, groups, activation }: ConvAttributes): readonly string[] => [
  ...(stride === 1 ? [] : [`stride=${stride}`]),
  ...(dilation === 1 ? [] : [`dilation=${dilation}`]),
  ...(groups === 1 ? [] : [`groups=${groups}`]),
  ...(activation.kind === 'none' ? [] : [`activation=${printActivation(activation)}`]),
];

const attributePrinters: { readonly [K in OpName]: Printer<K> } = {
  neg: nothing,
  abs: nothing,
  exp: nothing,
  log: nothing,
  sqrt: nothing,
  sin: nothing,
  cos: nothing,
  floor: nothing,
  reciprocal: nothing,
  relu: nothing,
  sigmoid: nothing,
  silu: nothing,
  tanh: nothing,
  softplus: nothing,
  acos: nothing,
  erf: nothing,
  round: nothing,
  leaky_relu: ({ alpha }) => [`alpha=${alpha}`],
  clip: ({ min, max }) => [`min=${min}`, `max=${max}`],
  add: nothing,
  sub: nothing,
  mul: nothing,
  div: nothing,
  pow: nothing,
  minimum: nothing,
  maximum: nothing,
  equal: nothing,
  less: nothing,
  less_or_equal: nothing,
  where: nothing,
  reshape: nothing,
  transpose: ({ permutation }) => [`permutation=(${permutation.join(', ')})`],
  concat: axis,
  slice: ({ axis, start, end, step }) => [
    `axis=${axis}`,
    `columns=${start}:${end}${step === 1 ? '' : `:${step}`}`,
  ],
  flip: axis,
  pad: ({ axis, before, after }) => [`axis=${axis}`, `before=${before}`, `after=${after}`],
  pixel_shuffle: ({ factor }) => [`factor=${factor}`],
  reduce_sum: axis,
  reduce_mean: axis,
  reduce_max: axis,
  arg_max: axis,
  matmul: nothing,
  gather: nothing,
  layer_norm: ({ axis, epsilon }) => [`axis=${axis}`, `epsilon=${epsilon}`],
  conv1d: convolution,
  cached_conv1d: convolution,
  conv_transpose1d: convolution,
  cached_conv_transpose1d: convolution,
};

/** The graph as text, without a newline at the end. Constants show their shape, not their numbers. */
export function print(graph: Graph): string {
  const named = (value: ValueId | null): string => (value === null ? '–' : graph.values[value]!.name);
  const typed = (value: ValueId): string => `${named(value)} ${formatShape(graph.values[value]!.shape)}`;
  return [
    `graph ${graph.name}`,
    ...graph.inputs.map((port) => `input ${typed(port.value)} ${printRole(port)}`),
    ...graph.states.map(
      ({ name, input, stored }) => `state ${typed(input)} ${name}${stored === undefined ? '' : ' stored'}`,
    ),
    ...[...graph.constants.keys()].map((value) => `constant ${typed(value)}`),
    ...graph.nodes.map((node) => {
      const terms = [...node.inputs.map(named), ...printAttributes(node)];
      return `${node.outputs.map(typed).join(', ')} = ${node.op}(${terms.join(', ')})`;
    }),
    ...graph.states.map(({ name, output }) => `next ${name} = ${named(output)}`),
    ...graph.outputs.map((port) => `output ${port.name} = ${named(port.value)} ${printRole(port)}`),
  ].join('\n');
}

function printAttributes(node: AnyNode): readonly string[] {
  // The table guarantees that the printer fits; TypeScript cannot correlate the two unions.
  const printer = attributePrinters[node.op] as Printer<OpName>;
  return printer(node.attributes);
}

function printActivation(activation: Activation): string {
  return activation.kind === 'leaky_relu' ? `leaky_relu(${activation.alpha})` : activation.kind;
}

function printRole({ role, channel, distribution }: GraphPort): string {
  const kind = distribution === undefined ? role : `${distribution} ${role}`;
  return channel === undefined ? kind : `${kind}:${channel}`;
}
