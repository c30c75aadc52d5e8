/**
 * The bounce's controls: how often, which format, progress, cancel, and the file.
 */
import { attempt } from './alerts.js';
import { download, element } from './dom.js';
import type { Host } from './host.js';
import { encodeWav } from './wav.js';
import type { WavFormat } from './wav.js';

export function wireBounce(host: Host): () => void {
  const form = element('bounce-form', 'form');
  const button = element('bounce', 'button');
  const cancel = element('cancel', 'button');
  const bar = element('progress', 'progress');
  const result = element('bounced', 'p');
  let work: AbortController | null = null;
  let url = '';

  cancel.addEventListener('click', () => work?.abort());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (work) return;
    const { signal } = (work = new AbortController());
    result.textContent = 'Rendering…';
    bar.value = 0;
    refresh();
    cancel.focus();
    void attempt(async () => {
      const started = performance.now();
      const loops = Number(element('loops', 'select').value);
      const sound = await host
        .bounce(loops, (share) => (bar.value = share), signal)
        .catch((error: unknown) => {
          if (signal.aborted) return null;
          throw error;
        });
      if (!sound) {
        result.textContent = 'Cancelled.';
        return;
      }
      const seconds = (performance.now() - started) / 1000;
      const channels = [sound.getChannelData(0), sound.getChannelData(1)];
      const format = element('format', 'select').value as WavFormat;
      const file = new Blob([encodeWav(channels, sound.sampleRate, format)], { type: 'audio/wav' });
      if (url) URL.revokeObjectURL(url);
      url = download('latent-terrain.wav', file);
      const link = Object.assign(document.createElement('a'), {
        href: url,
        download: 'latent-terrain.wav',
        textContent: 'latent-terrain.wav',
      });
      const times = (sound.duration / seconds).toFixed(0);
      const length = sound.duration.toFixed(1);
      result.replaceChildren(
        link,
        ` · ${length} s, rendered in ${seconds.toFixed(1)} s (${times} × real time)`,
      );
    })
      .then((done) => {
        if (!done) result.textContent = 'The bounce failed.';
      })
      .finally(() => {
        work = null;
        refresh();
        button.focus();
      });
  });

  const refresh = (): void => {
    button.disabled = host.plugin === null || work !== null;
    cancel.hidden = bar.hidden = work === null;
  };
  return refresh;
}
