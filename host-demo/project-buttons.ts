/**
 * Save and open a project as a file, by button or by dropping it on the page; asks before code from elsewhere runs.
 */
import { alertError, attempt } from './alerts.js';
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
  // Sounds and models are dropped on the plugin itself: only a project is for the page.
  const projectIn = (event: DragEvent): boolean =>
    [...(event.dataTransfer?.items ?? [])].some((item) => item.type === 'application/json');
  document.addEventListener('dragover', (event) => {
    if (projectIn(event)) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    const file = event.dataTransfer?.files[0];
    if (event.defaultPrevented || !file || !projectIn(event)) return;
    event.preventDefault();
    open(host, file).catch(alertError);
  });

  return () => {
    save.disabled = host.plugin === null;
  };
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
