/**
 * Names of our custom elements. They carry the build, so that two versions of the plugin live on one page, and a
 * second copy of the same build finds its elements already there. Used by every element's file.
 */

import { unsafeStatic } from 'lit/static-html.js';

/** Set by the bundler: differs between builds. */
declare const BUILD_ID: string;

const suffix = BUILD_ID.toLowerCase().replace(/[^a-z0-9]+/g, '-');

export interface Tag {
  readonly name: string;
  /** For lit's static templates. */
  readonly html: ReturnType<typeof unsafeStatic>;
}

/** Registers an element unless a copy of this build has done so. */
export function defineElement(name: string, element: CustomElementConstructor): Tag {
  const full = `latent-terrain-${name}-${suffix}`;
  if (!customElements.get(full)) customElements.define(full, element);
  return { name: full, html: unsafeStatic(full) };
}
