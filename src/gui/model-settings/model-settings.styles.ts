import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    gap: 6px;
  }
  .attribute {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    min-height: 28px;
  }
  .attribute > :first-child {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .field {
    width: 84px;
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  .switch {
    flex: none;
    width: 36px;
    height: 20px;
    padding: 3px;
    border-radius: 10px;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--edge);
  }
  .switch span {
    display: block;
    width: 14px;
    height: 14px;
    border-radius: 50%;
    background: var(--soft);
    transition: transform 100ms;
  }
  .switch[aria-checked='true'] {
    background: var(--accent);
    box-shadow: none;
  }
  .switch[aria-checked='true'] span {
    background: var(--on-accent);
    transform: translateX(16px);
  }
  .latents {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px 12px;
  }
  p {
    flex: 1 1 180px;
    margin: 0;
  }
  .fills {
    display: flex;
    flex: none;
    padding: 2px;
    border-radius: var(--round);
    background: var(--ground);
    box-shadow: inset 0 0 0 1px var(--edge);
  }
  .fills button {
    height: 24px;
    padding: 0 10px;
    border-radius: 4px;
    color: var(--soft);
  }
  .fills button:hover {
    color: var(--text);
  }
  .fills button[aria-checked='true'] {
    background: var(--hover);
    color: var(--text);
  }
  @media (prefers-reduced-motion: reduce) {
    .switch span {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .switch,
    .fills button[aria-checked='true'] {
      border: 1px solid CanvasText;
    }
    .switch span {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }
`;
