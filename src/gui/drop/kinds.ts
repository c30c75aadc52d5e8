/**
 * Which files the face takes, by their names: what is plainly something else is refused in words before anything is
 * read; in doubt a file is taken, and its content decides. Pure. Used by the panel.
 */

const OURS = /\.(ts|onnx|pt)$/i;
const TERRAIN = /\.pt$/i;

export const TAKES = 'Open a model (.ts or .onnx) or a terrain (.pt).';

/** Files that a RAVE user may take for the model, and what the model is instead. */
const NEIGHBOURS: readonly (readonly [RegExp, string])[] = [
  [
    /\.(ckpt|pth)$/i,
    'is a checkpoint of the training, not a model that can play. Export it with «rave export --streaming» and open the .ts file that this writes.',
  ],
  [/\.(gin|yaml|yml)$/i, 'holds settings of a training, not a model. Open the exported .ts file.'],
  [/\.(zip|7z|rar|gz|tar)$/i, 'is an archive. Unpack it and open the .ts file in it.'],
  [
    /\.(wav|aiff?|flac|mp3|ogg|opus|m4a)$/i,
    'is a sound. Here models and terrains are opened: .ts, .onnx or .pt.',
  ],
];

/** Types that browsers give to files by their name and that no model has. */
const OTHER_TYPE = /^(image|audio|font)\/|^application\/(json|pdf)$|^text\/(html|plain|css|csv|markdown)$/;

/** Why a file is not opened, as whole sentences; null if it is. @param type As `File.type`. */
export function refusal(name: string, type: string): string | null {
  if (OURS.test(name)) return null;
  const neighbour = NEIGHBOURS.find(([pattern]) => pattern.test(name));
  if (neighbour) return `«${name}» ${neighbour[1]} Your sound goes on.`;
  return OTHER_TYPE.test(type)
    ? `«${name}» is neither a model nor a terrain. ${TAKES} Your sound goes on.`
    : null;
}

/** Why a folder is not opened. */
export function folderRefusal(name: string): string {
  return `«${name}» is a folder. Drop the model or terrain that lies in it: a .ts, .onnx or .pt file. Your sound goes on.`;
}

/** Models first: a terrain may fit only the model that comes with it. Otherwise as they came. */
export function inOrder<T extends { readonly name: string }>(files: readonly T[]): T[] {
  return [
    ...files.filter(({ name }) => !TERRAIN.test(name)),
    ...files.filter(({ name }) => TERRAIN.test(name)),
  ];
}
