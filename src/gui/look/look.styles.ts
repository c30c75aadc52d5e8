import { css } from 'lit';

export const styles = css`
  .sheet {
    right: 0;
    display: grid;
    gap: 12px;
    width: 252px;
    padding: 12px;
  }
  .maps {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 6px;
  }
  .map {
    display: grid;
    gap: 5px;
    padding: 4px;
    border-radius: var(--round);
    color: var(--soft);
    text-align: center;
    cursor: pointer;
  }
  .map:hover {
    background: var(--hover);
  }
  .map[aria-checked='true'] {
    background: var(--raised);
    color: var(--text);
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .swatch {
    height: 22px;
    border-radius: 4px;
    forced-color-adjust: none;
  }
  .legend {
    display: grid;
    gap: 4px;
    align-content: center;
    /* The same for both kinds, so that the sheet stays as it is. */
    min-height: 28px;
  }
  .inks {
    display: flex;
    justify-content: space-between;
    color: var(--soft);
  }
  .ink {
    display: flex;
    align-items: center;
    gap: 5px;
  }
  .ink i {
    width: 9px;
    height: 9px;
    border-radius: 50%;
    forced-color-adjust: none;
  }
  .scale {
    height: 8px;
    border-radius: 4px;
    forced-color-adjust: none;
  }
  .ends {
    display: flex;
    justify-content: space-between;
    color: var(--soft);
  }
  .controls {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    gap: 8px;
    --control-width: 100%;
    --knob: 34px;
  }
`;
