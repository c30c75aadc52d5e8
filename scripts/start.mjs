/**
 * `npm start`: installs what is missing, builds, serves the host demo and prints its address.
 * Options: `--port N` or PORT (8080; the next free one if it is taken), `--isolated` (COOP and COEP).
 */
import { ensureDependencies, main, runNode, SetupError } from './ensure.mjs';
import { serve } from './serve.mjs';

await main(async (args) => {
  const port = wishedPort(args);
  ensureDependencies();
  if (runNode(['esbuild.config.mjs']) !== 0)
    throw new SetupError('The build failed. Look at the message above.');
  const server = await serve({ port, isolated: args.includes('--isolated') });
  if (server.port !== port) console.log(`Port ${port} is taken, so this is another.`);
  console.log(`\n  Latent Terrain plays at ${server.url}\n  Its WAM address is ${server.url}dist/index.js\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());
});

function wishedPort(args) {
  const at = args.findIndex((arg) => arg === '--port' || arg.startsWith('--port='));
  const text = at < 0 ? (process.env.PORT ?? '8080') : (args[at].split('=')[1] ?? args[at + 1] ?? '');
  const port = Number(text);
  if (text === '' || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new SetupError(`"${text}" is not a port: give a number from 0 to 65535.`);
  }
  return port;
}
