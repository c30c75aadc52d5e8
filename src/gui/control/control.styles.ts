import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    width: var(--control-width, 60px);
    user-select: none;
    -webkit-user-select: none;
  }
  .control {
    position: relative;
    display: grid;
    justify-items: center;
    gap: 2px;
  }
  .slider {
    display: grid;
    justify-items: center;
    width: 100%;
    border-radius: var(--round);
    cursor: ns-resize;
    touch-action: none;
  }
  .label {
    color: var(--soft);
    white-space: nowrap;
  }
  .value {
    width: 100%;
    height: 17px;
    padding: 0 2px;
    border-radius: 4px;
    line-height: 17px;
    text-align: center;
    white-space: nowrap;
    cursor: text;
  }
  .value:hover {
    background: var(--hover);
  }
  input {
    position: absolute;
    bottom: 0;
    left: 0;
    width: 100%;
    height: 18px;
    padding: 0 2px;
    border: 1px solid var(--accent);
    border-radius: 4px;
    background: var(--ground);
    color: var(--text);
    font: inherit;
    font-variant-numeric: tabular-nums;
    text-align: center;
  }

  /* Knob: a dial of 270 degrees, open at the bottom. */
  .knob svg {
    width: var(--knob, 38px);
    height: var(--knob, 38px);
    stroke-width: 3;
  }
  .cap {
    fill: var(--raised);
    stroke: none;
  }
  .slider:hover .cap {
    fill: var(--hover);
  }
  .track {
    stroke: var(--edge);
  }
  .arc {
    stroke: var(--accent);
    stroke-linecap: butt;
  }
  .default {
    stroke: var(--soft);
    stroke-width: 1.5;
  }
  .hand {
    stroke: var(--text);
    stroke-width: 2.5;
  }

  /* Bar: name and number over a thin line. */
  .bar .slider {
    gap: 8px;
    padding: 5px 0 6px;
    cursor: ew-resize;
  }
  .bar .label {
    justify-self: start;
    line-height: 20px;
  }
  .bar .rail {
    position: relative;
    width: 100%;
    height: 4px;
    border-radius: 2px;
    background: var(--edge);
    overflow: hidden;
  }
  .bar .fill {
    position: absolute;
    inset: 0;
    background: var(--accent);
    transform-origin: left;
  }
  .bar .value,
  .bar input {
    position: absolute;
    top: 5px;
    right: 0;
    bottom: auto;
    left: auto;
    width: calc(100% - 18px);
    height: 20px;
    font-size: var(--bar-number, 14px);
    line-height: 20px;
    text-align: right;
  }

  @media (forced-colors: active) {
    .track,
    .default {
      stroke: GrayText;
    }
    .arc {
      stroke: Highlight;
    }
    .hand {
      stroke: CanvasText;
    }
    .cap {
      fill: Canvas;
    }
    .bar .rail {
      border: 1px solid CanvasText;
    }
    .bar .fill {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
`;
