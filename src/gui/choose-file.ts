/**
 * The browser's own file dialog, from a click or a key. It offers what we read first, and everything else too: models
 * travel under many names, and what a file is its content says. Used by menus and the missing model's card.
 */

/** What can be opened, as the dialog's filter. The last entry lets phones offer files whose names they do not know. */
const ACCEPT = { any: '.ts,.onnx,.pt,*/*', model: '.ts,.onnx,*/*', terrain: '.pt,*/*' } as const;

/** Kept until the answer: Safari forgets inputs that nobody holds. */
let open: HTMLInputElement | null = null;

/** @param chosen Hears of the files; not of a dialog that was closed without a choice. */
export function chooseFiles(kind: keyof typeof ACCEPT, chosen: (files: readonly File[]) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.accept = ACCEPT[kind];
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    open = null;
    if (files.length > 0) chosen(files);
  });
  open = input;
  open.click();
}
