import { css } from 'lit';

export const styles = css`
  :host {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .bars {
    position: relative;
    display: grid;
    gap: 3px;
    width: var(--meter-width, 132px);
  }
  .bar {
    position: relative;
    height: 5px;
    border-radius: 2px;
    overflow: hidden;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--line);
  }
  .level {
    position: absolute;
    inset: 0;
    background: linear-gradient(90deg, #6f7a8c, #b9c3d2 60%, #eef2f7 86%, var(--warning) 95%);
    /* Revealed, not squeezed: a colour always stands for the same level. */
    clip-path: inset(0 100% 0 0);
  }
  .peak {
    position: absolute;
    top: 0;
    bottom: 0;
    left: 0;
    width: 100%;
    border-left: 2px solid #fff;
    opacity: 0;
  }
  .full .peak {
    border-color: var(--danger);
  }
  .reading {
    width: 58px;
    text-align: right;
    color: var(--soft);
    white-space: pre;
  }
  .reading.full {
    color: var(--danger);
  }
  @container (width < 640px) {
    .reading {
      width: 40px;
    }
    .unit {
      display: none;
    }
  }
  @media (forced-colors: active) {
    .bar {
      border: 1px solid CanvasText;
    }
    .level {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
`;
