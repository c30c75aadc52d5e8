/** Builds dist/ once before the browser tests. */
import { build } from '../../esbuild.config.mjs';

export default async function setup(): Promise<void> {
  await build();
}
