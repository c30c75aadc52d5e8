import { css } from 'lit';

export const styles = css`
  :host {
    position: absolute;
    z-index: 5;
    inset: 0;
    pointer-events: none;
  }
  /* Takes the pointer, so that what lies under it hears nothing of the drag. */
  :host([over]) {
    pointer-events: auto;
  }
  .target {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    padding: 16px;
    background: rgb(13 14 17 / 84%);
  }
  .target::before {
    content: '';
    position: absolute;
    inset: 10px;
    border: 2px dashed var(--accent);
    border-radius: 10px;
  }
  .words {
    display: grid;
    justify-items: center;
    gap: 4px;
    text-align: center;
    font-size: 13px;
  }
  svg {
    width: 40px;
    height: 40px;
    margin-bottom: 6px;
    stroke-width: 1.1;
    color: var(--accent);
  }
  b {
    margin-bottom: 4px;
    font-size: 20px;
    font-weight: 600;
  }
  span {
    color: var(--soft);
  }
  @container (height < 360px) {
    svg {
      width: 28px;
      height: 28px;
      margin-bottom: 2px;
    }
    b {
      margin-bottom: 0;
      font-size: 16px;
    }
  }
`;
