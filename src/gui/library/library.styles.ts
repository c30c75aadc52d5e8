import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  /* One height for a row, whatever is being done to it. */
  li {
    display: flex;
    align-items: center;
    gap: 2px;
    height: 44px;
    padding-right: 4px;
    border-radius: 5px;
  }
  li:hover {
    background: var(--raised);
  }
  .item {
    display: grid;
    grid-template-columns: 20px minmax(0, 1fr);
    align-items: start;
    flex: 1;
    min-width: 0;
    height: 100%;
    padding: 6px 4px;
    border-radius: 5px;
    text-align: left;
  }
  .item:hover {
    background: var(--hover);
  }
  .item:focus-visible {
    outline-offset: -2px;
  }
  .item > svg {
    width: 13px;
    height: 13px;
    margin-top: 2px;
    color: var(--accent);
    visibility: hidden;
  }
  .playing .item > svg {
    visibility: visible;
  }
  .words {
    display: grid;
    min-width: 0;
  }
  b,
  small {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  b {
    font-size: 13px;
    font-weight: 500;
  }
  small {
    font-size: 12px;
    color: var(--soft);
  }
  .field {
    flex: 1;
    height: 32px;
    margin: 0 0 0 16px;
    border-color: var(--accent);
    font-size: 13px;
  }
  .ask {
    display: flex;
    align-items: center;
    gap: 6px;
    flex: 1;
    min-width: 0;
    padding-left: 24px;
  }
  .ask .words {
    flex: 1;
  }
`;
