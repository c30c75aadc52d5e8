import { css } from 'lit';

export const styles = css`
  :host {
    position: relative;
    display: block;
    overflow: hidden;
    background: var(--ground);
  }
  .pad {
    position: absolute;
    inset: 0;
    cursor: crosshair;
    touch-action: none;
    user-select: none;
    -webkit-user-select: none;
  }
  .pad:focus-visible {
    outline-offset: -2px;
  }
  canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    pointer-events: none;
  }
  .picture {
    opacity: 0;
    transition: opacity 160ms;
  }
  .picture.shown {
    opacity: 1;
  }
  /* Sets the picture into the panel. */
  .pad::after {
    content: '';
    position: absolute;
    inset: 0;
    box-shadow:
      inset 0 1px 0 rgb(0 0 0 / 50%),
      inset 0 -1px 0 rgb(0 0 0 / 50%),
      inset 0 0 36px rgb(0 0 0 / 28%);
    pointer-events: none;
  }
  .bound {
    position: absolute;
    padding: 1px 5px;
    border-radius: 4px;
    background: rgb(13 14 17 / 62%);
    color: #e4e7ec;
    pointer-events: none;
    white-space: nowrap;
  }
  .bound i {
    margin-right: 4px;
    color: var(--soft);
    font-style: normal;
  }
  .left {
    bottom: 8px;
    left: 8px;
  }
  .right {
    right: 8px;
    bottom: 8px;
  }
  .top {
    top: 8px;
    left: 8px;
  }
  .bottom {
    bottom: 30px;
    left: 8px;
  }
  @media (prefers-reduced-motion: reduce) {
    .picture {
      transition: none;
    }
  }
`;
