import { css } from 'lit';

export const styles = css`
  .notice {
    display: grid;
    grid-template-columns: auto 1fr auto;
    align-items: start;
    gap: 2px 10px;
    padding: 6px 6px 6px 12px;
  }
  .notice > svg {
    width: 16px;
    height: 16px;
    margin-top: 6px;
    color: var(--soft);
  }
  .error > svg {
    color: var(--danger);
  }
  .error {
    border-color: color-mix(in srgb, var(--danger) 55%, var(--edge));
  }
  .text {
    padding: 6px 0;
    overflow-wrap: anywhere;
  }
  summary {
    display: inline-block;
    border-radius: 3px;
    color: var(--soft);
    text-decoration: underline;
    text-underline-offset: 2px;
    cursor: pointer;
  }
  details {
    padding-bottom: 6px;
    grid-column: 2 / -1;
  }
  ul {
    margin: 6px 0 0;
    padding: 0 12px 0 16px;
    color: var(--soft);
    overflow-wrap: anywhere;
  }
`;
