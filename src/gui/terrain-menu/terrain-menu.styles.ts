import { css } from 'lit';

export const styles = css`
  :host {
    position: relative;
    display: flex;
    align-items: center;
    gap: 2px;
    min-width: 0;
  }
  .current {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 6px;
    flex: 1;
    min-width: 0;
    height: 28px;
    padding: 0 8px 0 12px;
    border-radius: var(--round);
    background: var(--raised);
    font-size: 13px;
    font-weight: 500;
  }
  .current:hover,
  .current[aria-expanded='true'] {
    background: var(--hover);
  }
  .current span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .current svg {
    flex: none;
    width: 14px;
    height: 14px;
    color: var(--soft);
  }
  :host([aria-busy='true']) .current span {
    color: var(--soft);
  }
  .list {
    position: absolute;
    z-index: 3;
    top: calc(100% + 6px);
    left: 50%;
    width: max(100%, 288px);
    max-width: calc(100cqw - 16px);
    max-height: calc(100cqh - 60px);
    transform: translateX(-50%);
    margin: 0;
    padding: 4px;
    overflow: auto;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--surface);
    box-shadow: 0 12px 32px rgb(0 0 0 / 55%);
    scrollbar-width: thin;
    scrollbar-color: var(--edge) transparent;
  }
  .option {
    display: grid;
    grid-template-columns: 20px 1fr;
    align-items: start;
    padding: 6px 8px 7px 4px;
    border-radius: 5px;
    cursor: pointer;
  }
  .option:hover,
  .option:focus-visible {
    background: var(--hover);
  }
  .option:focus-visible {
    outline-offset: -2px;
  }
  .option svg {
    width: 13px;
    height: 13px;
    margin-top: 2px;
    color: var(--accent);
    visibility: hidden;
  }
  .option[aria-selected='true'] svg {
    visibility: visible;
  }
  .option b {
    display: block;
    font-size: 13px;
    font-weight: 500;
  }
  .option small {
    font-size: 12px;
    color: var(--soft);
  }
`;
