/**
 * Save and open a project as a file, by button or by dropping it on the page; asks before code from elsewhere runs.
 */
import { attempt } from './alerts.js';
import { download, element } from './dom.js';
import type { Host } from './host.js';
import { readProject, writeProject } from './project.js';
import type { Project } from './project.js';

export function wireProject(host: Host): () => void {
  const save = element('save', 'button');
  const chooser = element('project-file', 'input');

  save.addEventListener('click', () => {
    void attempt(async () => {
      const text = writeProject(await host.project());
      const url = download('latent-terrain-project.json', new Blob([text], { type: 'application/json' }));
      // The browser has taken the file over by then.
      window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
    });
  });
  element('open', 'button').addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    const file = chooser.files?.[0];
    if (file) void attempt(() => open(host, file));
    chooser.value = '';
  });
  wireDrop(host);

  return () => {
    save.disabled = host.plugin === null;
  };
}

/**
 * A project may be dropped anywhere, so it is taken before the plugin sees it; other files are for the plugin. Beside
 * the plugin they are for nobody: without a word from the page, the browser would leave it to show the file.
 */
function wireDrop(host: Host): void {
  const projectIn = ({ dataTransfer }: DragEvent): boolean =>
    [...(dataTransfer?.items ?? [])].some((item) => item.type === 'application/json');
  for (const type of ['dragenter', 'dragover', 'drop'] as const) {
    document.addEventListener(
      type,
      (event) => {
        if (!projectIn(event)) return;
        event.preventDefault();
        event.stopPropagation();
        const file = event.dataTransfer?.files[0];
        if (type === 'drop' && file) void attempt(() => open(host, file));
      },
      { capture: true },
    );
    document.addEventListener(type, (event) => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'none';
    });
  }
}

async function open(host: Host, file: File): Promise<void> {
  const project = readProject(await file.text());
  if (await trusted(project)) await host.openProject(project);
}

/** Whether all code comes from this page's own server, or the musician allows the rest. */
async function trusted({ plugin, effect }: Project): Promise<boolean> {
  const foreign = [plugin.url, effect?.url ?? plugin.url].filter((url) => {
    const address = URL.canParse(url, document.baseURI) ? new URL(url, document.baseURI) : null;
    return address?.origin !== location.origin;
  });
  if (foreign.length === 0) return true;
  const dialog = element('trust', 'dialog');
  element('trust-list', 'ul').replaceChildren(
    ...[...new Set(foreign)].map((url) => Object.assign(document.createElement('li'), { textContent: url })),
  );
  dialog.returnValue = 'no';
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener('close', done, { once: true }));
  return dialog.returnValue === 'yes';
}
