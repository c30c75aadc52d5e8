/**
 * What all elements share: colours, type, focus rings. Custom properties pass through shadow roots, so the panel
 * sets them once; `shared` is adopted by each element.
 */

import { css } from 'lit';

/** For the panel's host: neutral and dark, so that the terrain's colours are the only strong ones. */
export const tokens = css`
  :host {
    --ground: #0d0e11;
    --surface: #15171b;
    --raised: #1f2228;
    --hover: #292d35;
    --line: #2b2f37;
    --edge: #3b404a;
    --text: #eceef2;
    --soft: #a5abb7;
    --accent: #f3b562;
    --on-accent: #1c1407;
    --warning: #ffcf70;
    --danger: #ff8a7a;
    --round: 6px;
    color-scheme: dark;
    color: var(--text);
    font-family:
      Inter,
      ui-sans-serif,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      Arial,
      sans-serif;
    font-size: 12px;
    line-height: 1.3;
    -webkit-font-smoothing: antialiased;
  }
`;

export const shared = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    font-variant-numeric: tabular-nums;
    -webkit-tap-highlight-color: transparent;
  }
  button {
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  [hidden] {
    display: none !important;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  /* A button that is only an icon. */
  .icon {
    display: inline-grid;
    place-items: center;
    flex: none;
    width: 28px;
    height: 28px;
    border-radius: var(--round);
    color: var(--soft);
  }
  .icon svg {
    width: 16px;
    height: 16px;
  }
  .icon:hover,
  .icon[aria-expanded='true'] {
    background: var(--hover);
    color: var(--text);
  }
  .icon:disabled {
    opacity: 0.35;
    cursor: default;
  }
  /* A button with words. */
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    flex: none;
    height: 28px;
    padding: 0 11px;
    border-radius: var(--round);
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--edge);
    font-weight: 500;
    white-space: nowrap;
  }
  .button:hover {
    background: var(--hover);
  }
  .button.main {
    background: var(--accent);
    box-shadow: none;
    color: var(--on-accent);
  }
  .button.main:hover {
    background: #ffc97f;
  }
  .button.danger {
    color: var(--danger);
  }
  .button svg {
    width: 14px;
    height: 14px;
  }
  .field {
    min-width: 0;
    height: 28px;
    margin: 0;
    padding: 0 8px;
    border: 1px solid var(--edge);
    border-radius: var(--round);
    background: var(--ground);
    color: var(--text);
    font: inherit;
  }
  .field::placeholder {
    color: var(--soft);
    opacity: 1;
  }
  svg {
    display: block;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.6;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
`;

/** What hangs from a button of the top bar. It scrolls when the panel is lower than it. */
export const sheet = css`
  :host {
    position: relative;
  }
  .sheet {
    position: absolute;
    z-index: 3;
    top: calc(100% + 6px);
    max-width: calc(100cqw - 16px);
    max-height: calc(100cqh - 60px);
    overflow: auto;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--surface);
    box-shadow: 0 12px 32px rgb(0 0 0 / 55%);
    /* Not as the top bar's one line. */
    white-space: normal;
    cursor: default;
    scrollbar-width: thin;
    scrollbar-color: var(--edge) transparent;
  }
`;

/** What lies over the terrain's upper edge and tells something: all of one width, none moves the rest. */
export const card = css`
  :host {
    display: block;
    pointer-events: none;
  }
  .card {
    max-width: 620px;
    max-height: calc(100cqh - 130px);
    margin: 0 auto 8px;
    overflow: auto;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: rgb(21 23 27 / 94%);
    box-shadow: 0 8px 24px rgb(0 0 0 / 45%);
    pointer-events: auto;
  }
`;
