import { css } from 'lit';

export const styles = css`
  :host {
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
  .sheet {
    left: 50%;
    width: max(100%, 300px);
    transform: translateX(-50%);
  }
  .list {
    padding: 4px;
  }
  .own {
    padding: 4px;
    border-top: 1px solid var(--line);
  }
  .kind {
    padding: 6px 8px 4px;
    color: var(--soft);
  }
  /* Always in reach, however long the lists are. */
  .ways {
    position: sticky;
    bottom: 0;
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 8px;
    padding: 8px;
    border-top: 1px solid var(--line);
    background: var(--surface);
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
