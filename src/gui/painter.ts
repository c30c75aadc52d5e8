/**
 * The one animation loop of a face. Elements add what they draw; the loop runs only while something asked for it,
 * and never while the face is hidden. Not a renderer: templates are lit's business.
 * Thread: main.
 */

/** Draws what changed. `now` is in ms, as from performance.now(). Returns whether it wants the next frame too. */
export type Draw = (now: number) => boolean;

export class Painter {
  readonly #draws = new Set<Draw>();
  #request = 0;
  #visible = false;

  /** Adds a drawing; returns the function that removes it. */
  add(draw: Draw): () => void {
    this.#draws.add(draw);
    this.request();
    return () => this.#draws.delete(draw);
  }

  /** Asks for one frame; while hidden, the wish waits. */
  request(): void {
    if (!this.#visible || this.#request !== 0) return;
    this.#request = requestAnimationFrame((now) => {
      this.#request = 0;
      let again = false;
      for (const draw of this.#draws) if (draw(now)) again = true;
      if (again) this.request();
    });
  }

  get visible(): boolean {
    return this.#visible;
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    if (visible) {
      this.request();
      return;
    }
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }
}
