import { css } from 'lit';

export const styles = css`
  :host {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
  }
  .current {
    display: flex;
    align-items: center;
    gap: 8px;
    flex: none;
    max-width: 100%;
    height: 28px;
    padding: 0 8px;
    border-radius: var(--round);
    font-size: 13px;
    font-weight: 500;
  }
  .current:hover,
  .current[aria-expanded='true'] {
    background: var(--hover);
  }
  .current > svg {
    flex: none;
    width: 16px;
    height: 16px;
    color: var(--accent);
  }
  .current > svg:last-child {
    width: 14px;
    height: 14px;
    color: var(--soft);
  }
  .name,
  .facts {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .facts {
    min-width: 0;
    display: none;
    color: var(--soft);
  }
  .mark {
    flex: none;
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: var(--accent);
  }

  .sheet {
    left: 0;
    width: 372px;
    font-size: 12px;
  }
  .sheet:focus-visible {
    outline-offset: -2px;
  }
  section {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding: 12px;
  }
  section + section {
    border-top: 1px solid var(--line);
  }
  p {
    margin: 0;
  }
  .soft {
    color: var(--soft);
  }
  .title {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
  }
  .title b {
    min-width: 0;
    overflow-wrap: anywhere;
    font-size: 15px;
    font-weight: 600;
  }
  .tag {
    flex: none;
    padding: 1px 6px;
    border-radius: 4px;
    background: var(--raised);
    color: var(--soft);
  }
  .now {
    gap: 6px;
  }
  .note {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: start;
    gap: 8px;
    color: var(--soft);
    overflow-wrap: anywhere;
  }
  .note > svg {
    width: 14px;
    height: 14px;
    margin-top: 1px;
  }
  .missing {
    align-items: center;
    color: var(--text);
  }
  .settings {
    margin-top: 4px;
  }
  .ways {
    grid-template-columns: auto minmax(0, 1fr);
  }
  form {
    display: flex;
    gap: 6px;
    min-width: 0;
  }
  form .field {
    flex: 1;
  }
  .field[aria-invalid='true'] {
    border-color: var(--danger);
  }
  .wide {
    grid-column: 1 / -1;
  }
  .wrong {
    color: var(--danger);
  }
  .head {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
  }
  .head b {
    font-weight: 600;
  }
  .kept {
    gap: 4px;
    padding: 12px 8px 8px 12px;
  }
  .kept > :not(.head, .note, .hint, .kind) {
    margin-left: -8px;
  }
  .head,
  .note,
  .hint {
    padding-right: 4px;
  }
  .kind {
    padding-top: 6px;
    color: var(--soft);
  }
  .hint {
    padding-bottom: 4px;
  }

  @container (width >= 1360px) {
    .facts {
      display: block;
    }
  }
  /* Only terrain, strip and a menu: the name waits in the sheet. */
  @container (width < 640px) {
    .current {
      position: relative;
      width: 28px;
      padding: 0;
      justify-content: center;
    }
    .current .name,
    .current > svg:last-child {
      display: none;
    }
    .mark {
      position: absolute;
      top: 3px;
      right: 3px;
    }
    .missing .mark {
      position: static;
    }
  }
  @container (width < 400px) {
    .ways {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
