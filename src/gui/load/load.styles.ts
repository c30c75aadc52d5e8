import { css } from 'lit';

export const styles = css`
  :host {
    display: flex;
    gap: 10px;
    color: var(--soft);
    white-space: nowrap;
  }
  .figure {
    display: inline-block;
    text-align: right;
    color: var(--text);
  }
  .load {
    width: 4.6ch;
  }
  .late {
    min-width: 2ch;
  }
  .busy {
    color: var(--warning);
  }
  .over {
    color: var(--danger);
  }
  @container (width < 640px) {
    .name {
      display: none;
    }
    .missed:not(.some) {
      display: none;
    }
  }
`;
