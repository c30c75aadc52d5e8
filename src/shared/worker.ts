/**
 * Starts module workers from any origin: `new Worker(otherOriginUrl)` always fails, a blob that imports the
 * address does not (with CORS), also on isolated pages. Thread: main.
 */
export function startModuleWorker(url: string): Worker {
  const source = new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' });
  const address = URL.createObjectURL(source);
  const worker = new Worker(address, { type: 'module' });
  // The worker fetches its address asynchronously: revoking at once would race with it.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return worker;
}
