/**
 * Play, record, loop, tempo, length, position, volume, level: the row under the instrument, and its keys.
 */
import { attempt } from './alerts.js';
import { element, press } from './dom.js';
import type { Host } from './host.js';
import { BEATS_PER_BAR } from './lanes.js';

/** The meter's range, in dB below full scale. */
const METER_FLOOR = 60;

export function wireTransport(host: Host): () => void {
  const { performance } = host;
  const { transport } = performance;
  const play = element('play', 'button');
  const record = element('record', 'button');
  const loop = element('loop', 'button');
  const tempo = element('tempo', 'input');
  const bars = element('bars', 'select');
  const seek = element('seek', 'input');
  const position = element('position', 'output');
  const volume = element('volume', 'input');
  const volumeText = element('volume-text', 'output');

  const togglePlay = (): void => {
    if (transport.playing) {
      performance.recording = false;
      transport.stop();
    } else {
      performance.byHand = false;
      void attempt(() => host.start());
    }
  };
  const toggleRecord = (): void => {
    performance.recording = !performance.recording;
    performance.lanesAgain();
    if (performance.recording && !transport.playing) void attempt(() => host.start());
    host.changed();
  };
  play.addEventListener('click', togglePlay);
  record.addEventListener('click', toggleRecord);
  loop.addEventListener('click', () => {
    transport.loop = !transport.loop;
    host.changed();
  });
  tempo.addEventListener('change', () => {
    const bpm = tempo.valueAsNumber;
    if (Number.isFinite(bpm)) transport.tempo = bpm;
    host.changed();
  });
  bars.addEventListener('change', () => performance.setBars(Number(bars.value)));
  seek.addEventListener('input', () => transport.seek(Number(seek.value)));
  volume.addEventListener('input', () => {
    const decibels = volume.valueAsNumber;
    // The lowest place of the slider is silence.
    host.gain = decibels <= Number(volume.min) ? 0 : 10 ** (decibels / 20);
    volumeText.value = host.gain === 0 ? 'off' : `${decibels} dB`;
  });
  document.addEventListener('keydown', (event) => {
    // Only where a key means nothing else: not in fields, on buttons, or in the plugin.
    if (event.target !== document.body || event.ctrlKey || event.metaKey || event.altKey || play.disabled)
      return;
    if (event.key === ' ') togglePlay();
    else if (event.key === 'r') toggleRecord();
    else return;
    event.preventDefault();
  });

  const meter = wireMeter(host.meter);
  const picture = (): void => {
    const { beat } = transport;
    const bar = Math.floor(beat / BEATS_PER_BAR) + 1;
    const seconds = (beat * 60) / transport.tempo;
    const text = `${bar}.${Math.floor(beat % BEATS_PER_BAR) + 1} · ${seconds.toFixed(1)} s`;
    if (position.value !== text) position.value = text;
    if (document.activeElement !== seek || transport.playing) seek.value = String(beat);
    meter();
    requestAnimationFrame(picture);
  };
  requestAnimationFrame(picture);

  return () => {
    const ready = host.plugin !== null;
    play.disabled = !ready;
    record.disabled = !ready;
    play.textContent = transport.playing ? 'Stop' : 'Play';
    press(record, performance.recording);
    press(loop, transport.loop);
    if (document.activeElement !== tempo) tempo.value = String(transport.tempo);
    const barsText = String(transport.beats / BEATS_PER_BAR);
    if (![...bars.options].some((option) => option.value === barsText))
      bars.add(new Option(`${barsText} bars`, barsText));
    bars.value = barsText;
    seek.max = String(transport.beats);
    seek.setAttribute('aria-valuetext', position.value);
  };
}

/** A falling peak meter; the returned function draws it. */
function wireMeter(analyser: AnalyserNode): () => void {
  const canvas = element('meter', 'canvas');
  const g = canvas.getContext('2d');
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  return () => {
    analyser.getFloatTimeDomainData(samples);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const share = Math.max(0, 1 + (20 * Math.log10(Math.max(peak, 1e-6))) / METER_FLOOR);
    const next = Math.max(Math.min(1, share), shown - 0.02);
    if (!g || next === shown) return;
    shown = next;
    g.clearRect(0, 0, canvas.width, canvas.height);
    g.fillStyle = peak >= 0.99 ? '#ff8a7a' : '#8fb78a';
    g.fillRect(0, 0, Math.round(shown * canvas.width), canvas.height);
  };
}
