/**
 * The page's elements by id, with their types: a missing one is a mistake in index.html and says so.
 */
export function element<K extends keyof HTMLElementTagNameMap>(id: string, tag: K): HTMLElementTagNameMap[K] {
  const found = document.getElementById(id);
  if (!found || found.localName !== tag) throw new Error(`index.html has no <${tag} id="${id}">.`);
  return found as HTMLElementTagNameMap[K];
}

/** Marks a toggle button. */
export function press(button: HTMLButtonElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed));
}

/** Hands the musician a file. */
export function download(name: string, content: Blob): string {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  return url;
}
