/** Drawings of the face's few buttons: 16 × 16, stroked in the text's colour. Decoration only: buttons have names. */

import { svg, html, type TemplateResult } from 'lit';

function icon(content: TemplateResult): TemplateResult {
  return html`<svg viewBox="0 0 16 16" aria-hidden="true">${content}</svg>`;
}

export const icons = {
  /** Contour lines of a hill. */
  mark: icon(svg`
    <path d="M1.5 9.4C2.6 4.6 5 2 8.3 2c3.5 0 6.2 2.7 6.2 6.1 0 3.6-2.7 5.9-6.3 5.9-4 0-7.2-1.4-6.7-4.6Z" />
    <path d="M4.3 9.2C4.9 6.2 6.2 4.7 8.2 4.7c2.1 0 3.6 1.4 3.6 3.4 0 2.1-1.5 3.3-3.6 3.3-2.4 0-4.2-.6-3.9-2.2Z" />
    <path d="M7.1 8.7c.2-.9.7-1.4 1.3-1.4.6 0 1 .4 1 .9 0 .6-.5.9-1.1.9-.8 0-1.3-.1-1.2-.4Z" />
  `),
  previous: icon(svg`<path d="M9.7 3.5 5.3 8l4.4 4.5" />`),
  next: icon(svg`<path d="M6.3 3.5 10.7 8l-4.4 4.5" />`),
  down: icon(svg`<path d="M4 6.3 8 10.2l4-3.9" />`),
  close: icon(svg`<path d="m4 4 8 8M12 4l-8 8" />`),
  check: icon(svg`<path d="m3 8.6 3.3 3.2L13 4.7" />`),
  /** Sliders: how the picture looks. */
  look: icon(svg`
    <path d="M2 4.5h5M11 4.5h3M2 11.5h2.5M8.5 11.5H14" />
    <circle cx="9" cy="4.5" r="2" /><circle cx="6.5" cy="11.5" r="2" />
  `),
  play: icon(svg`<path d="M5 3.2 12.6 8 5 12.8Z" fill="currentColor" />`),
  stop: icon(svg`<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" />`),
  /** A wave: what sounds. */
  instrument: icon(svg`<path d="M1.8 8h1M5 5.2v5.6M8 2.2v11.6M11 5.2v5.6M13.2 8h1" />`),
  open: icon(svg`<path d="M1.8 12.8V3.4h4.4l1.6 2h6.4v7.4Z" />`),
  rename: icon(svg`<path d="m2.8 13.2.8-3.3 7.2-7.1 2.4 2.4-7.1 7.2Z" />`),
  remove: icon(svg`<path d="M2.8 4.4h10.4M6.2 4.4V2.4h3.6v2M4.2 4.4l.7 9.2h6.2l.7-9.2" />`),
  save: icon(svg`<path d="M8 2.2v7.6M4.8 6.9 8 10l3.2-3.1M2.8 13.4h10.4" />`),
  /** Falls into a bowl. */
  drop: icon(svg`<path d="M8 1.8v7M5 6.1 8 9l3-2.9M1.8 9.6v4.2h12.4V9.6" />`),
  info: icon(svg`<circle cx="8" cy="8" r="6.2" /><path d="M8 7.3v3.7M8 5v.1" />`),
  error: icon(svg`<path d="M8 2 14.6 13.5H1.4Z" /><path d="M8 6.5v3.2M8 11.6v.1" />`),
};
