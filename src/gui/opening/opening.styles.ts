import { css } from 'lit';

export const styles = css`
  .card {
    position: relative;
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 8px 8px 10px 12px;
    /* What opens at once shows nothing that only flickers. */
    animation: come 140ms 120ms both;
  }
  @keyframes come {
    from {
      opacity: 0;
    }
  }
  .words {
    display: grid;
    flex: 1;
    min-width: 0;
  }
  .words > * {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  b {
    font-size: 13px;
    font-weight: 500;
  }
  .stage {
    color: var(--soft);
  }
  .share {
    width: 5ch;
    text-align: right;
  }
  .bar {
    position: absolute;
    right: 0;
    bottom: 0;
    left: 0;
    height: 3px;
    background: var(--edge);
  }
  .done {
    height: 100%;
    background: var(--accent);
    transform-origin: left;
    transition: transform 120ms linear;
  }
  @media (prefers-reduced-motion: reduce) {
    .card {
      animation-duration: 0s;
    }
    .done {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .done {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
`;
