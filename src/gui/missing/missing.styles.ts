import { css } from 'lit';

export const styles = css`
  .card {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 8px;
    padding: 10px 6px 10px 14px;
    border-color: color-mix(in srgb, var(--accent) 45%, var(--edge));
  }
  .words {
    display: grid;
    gap: 2px;
    padding-top: 2px;
  }
  .words > * {
    overflow-wrap: anywhere;
  }
  b {
    font-size: 13px;
    font-weight: 500;
  }
  .words span {
    color: var(--soft);
  }
  .close {
    margin-top: -4px;
  }
  .ways {
    display: flex;
    grid-column: 1 / -1;
    gap: 8px;
    padding-right: 8px;
  }
  .address {
    flex: 0 1 auto;
    min-width: 0;
  }
  .address span {
    overflow: hidden;
    text-overflow: ellipsis;
    color: var(--soft);
    font-weight: 400;
  }
  @container (width < 560px) {
    .ways {
      flex-wrap: wrap;
    }
  }
  /* Leaves room for a message below. */
  @container (height < 400px) {
    .words span {
      display: none;
    }
  }
`;
