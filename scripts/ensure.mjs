/**
 * What the commands need before they can work: the packages of the lock file, and a Chromium.
 * Plain Node, no packages: it runs when there are none. Used by start, test, check and bench.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A failure to be told in one line, without a stack. */
export class SetupError extends Error {}

/**
 * Why `node_modules` is not what the lock file says, in words; null if it is.
 * Compares npm's own record of what it installed with the lock file, and both with the folders that are there.
 * @param {string} folder the project's root
 * @returns {string | null}
 */
export function staleDependencies(folder) {
  const wanted = readLock(join(folder, 'package-lock.json'));
  if (!wanted)
    throw new SetupError('package-lock.json is missing or unreadable: check the project out again.');
  const installed = readLock(join(folder, 'node_modules/.package-lock.json'));
  if (!installed) return 'nothing is installed';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const have = installed[path];
    // What is for another system stays away, rightly.
    if (!have && (entry.optional || entry.devOptional || entry.peer)) continue;
    if (!have) return `${path} is missing`;
    if (have.version !== entry.version || have.integrity !== entry.integrity) return `${path} is out of date`;
    if (readJson(join(folder, path, 'package.json'))?.version !== entry.version) return `${path} was changed`;
  }
  const extra = Object.keys(installed).find((path) => !(path in wanted));
  return extra ? `${extra} is no longer needed` : null;
}

/**
 * Installs the packages of the lock file when they are missing or stale.
 * @param {{ folder?: string, log?: (line: string) => void }} options
 * @throws {SetupError} when npm fails
 */
export function ensureDependencies({ folder = root, log = console.log } = {}) {
  const reason = staleDependencies(folder);
  if (!reason) return;
  log(`Installing packages (${reason}) …`);
  const { command, first } = npm();
  const { status, error } = spawnSync(
    command,
    [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' && first.length === 0 },
  );
  if (error || status !== 0) {
    throw new SetupError(
      `The packages could not be installed (npm ci ${error ? error.message : `ended with ${status}`}). Look at npm's message above.`,
    );
  }
}

/**
 * Path of a Chromium or Chrome for the browser tests; installs Debian's where it may.
 * @returns {string}
 * @throws {SetupError} with one line that says what to do
 */
export function ensureChromium({ log = console.log } = {}) {
  const found = findChromium();
  if (found) return found;
  if (mayInstall()) {
    log('Installing Chromium (apt-get) …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      spawnSync('apt-get', ['-q', '-o', 'Acquire::Retries=3', ...args], {
        stdio: ['ignore', 'inherit', 'inherit'],
        env,
      }).status === 0;
    // An update can fail for one source that has nothing to do with Chromium: the install decides.
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'chromium');
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new SetupError(
    'No Chromium found: install chromium (Debian: apt-get install chromium) or Chrome, or set CHROMIUM_PATH to its program; `npm test -- --unit` runs the tests that need none.',
  );
}

/**
 * Path of an installed Chromium or Chrome, or null.
 * @throws {SetupError} if CHROMIUM_PATH points to nothing
 */
export function findChromium(env = process.env) {
  if (env.CHROMIUM_PATH) {
    if (executable(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH;
    throw new SetupError(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, which is not a program.`);
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
  const candidates = (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  if (process.platform === 'darwin') {
    for (const name of ['Google Chrome', 'Chromium'])
      candidates.push(`/Applications/${name}.app/Contents/MacOS/${name}`);
  } else if (process.platform === 'win32') {
    for (const base of [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]) {
      if (base) candidates.push(join(base, 'Google/Chrome/Application/chrome.exe'));
    }
  }
  return candidates.find(executable) ?? null;
}

/** Runs a program of the project with the same terminal; resolves to its exit status. */
export function runNode(args, options = {}) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw new SetupError(error.message);
  return status ?? 1;
}

/** Runs a command's main function: a SetupError becomes one line and status 1. */
export async function main(body) {
  try {
    const status = await body(process.argv.slice(2));
    if (typeof status === 'number') process.exitCode = status;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Debian or one of its children, as root: the only place where a test command may install a program. */
function mayInstall() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** The npm that started us, or the one on the path. */
function npm() {
  const cli = process.env.npm_execpath;
  return cli && /\.c?js$/.test(cli) && existsSync(cli)
    ? { command: process.execPath, first: [cli] }
    : { command: 'npm', first: [] };
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readLock(path) {
  return readJson(path)?.packages ?? null;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
