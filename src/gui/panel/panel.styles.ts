import { css } from 'lit';

export const styles = css`
  /*
   * Fills a container of known size; elsewhere it is 720 × 480. Size containment makes it the container that the
   * queries below ask, and keeps the content from ever pushing the host's layout.
   */
  :host {
    position: relative;
    display: block;
    container-type: size;
    contain-intrinsic-size: 720px 480px;
    width: 100%;
    height: 100%;
    min-width: 320px;
    min-height: 240px;
    overflow: hidden;
    border-radius: 8px;
    background: var(--surface);
  }
  :host([hidden]) {
    display: none;
  }
  .panel {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    height: 100%;
    --control-width: 62px;
    --knob: 40px;
    --bar-width: 84px;
  }

  .top {
    display: grid;
    grid-template-columns: minmax(140px, 1fr) minmax(180px, 280px) minmax(max-content, 1fr);
    align-items: center;
    gap: 12px;
    height: 44px;
    padding: 0 8px 0 12px;
    background: linear-gradient(#1b1d22, #15171b);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    white-space: nowrap;
  }
  .plate {
    display: flex;
    align-items: center;
    gap: 8px;
    flex: none;
  }
  .plate svg {
    flex: none;
    width: 20px;
    height: 20px;
    stroke-width: 1.2;
    color: var(--accent);
  }
  .plate b {
    font-size: 13px;
    font-weight: 600;
    letter-spacing: 0.01em;
  }
  .plate b {
    display: none;
  }
  .state {
    display: flex;
    align-items: center;
    justify-content: flex-end;
    gap: 12px;
    min-width: 0;
    --meter-width: 84px;
  }

  .terrain {
    position: relative;
    min-height: 0;
  }
  .view,
  .cards {
    position: absolute;
    inset: 0;
  }
  .cards {
    padding: 10px;
    pointer-events: none;
  }

  .strip {
    display: flex;
    align-items: center;
    padding: 8px 14px;
    background: linear-gradient(#1a1c21, #14161a);
  }
  .position {
    display: flex;
    gap: 18px;
    padding: 0 18px 0 6px;
    --control-width: var(--bar-width);
  }
  .sound {
    display: flex;
    flex: 1;
    justify-content: space-evenly;
    padding-left: 10px;
    border-left: 1px solid var(--line);
  }
  .play {
    display: grid;
    place-items: center;
    flex: none;
    width: 44px;
    height: 44px;
    margin-right: 10px;
    border-radius: 50%;
    background: var(--raised);
    box-shadow: inset 0 0 0 1px var(--edge);
    color: var(--text);
  }
  .play:hover {
    background: var(--hover);
  }
  .play svg {
    width: 20px;
    height: 20px;
  }
  .play[aria-pressed='true'] {
    background: var(--accent);
    box-shadow: none;
    color: var(--on-accent);
  }

  @container (width < 800px) {
    .plate {
      display: none;
    }
  }
  @container (width >= 1100px) {
    .panel {
      --control-width: 84px;
      --knob: 52px;
      --bar-width: 150px;
      --bar-number: 17px;
      font-size: 13px;
    }
    .plate b {
      display: block;
      font-size: 15px;
    }
    .brand {
      gap: 14px;
    }
    .top {
      height: 52px;
      padding: 0 14px 0 18px;
    }
    .state {
      gap: 20px;
      --meter-width: 180px;
    }
    .strip {
      padding: 12px 22px;
    }
    .position {
      gap: 34px;
      padding: 0 34px 0 14px;
    }
    .sound {
      justify-content: flex-end;
      gap: 22px;
      border: 0;
    }
    .play {
      width: 56px;
      height: 56px;
    }
    .play svg {
      width: 24px;
      height: 24px;
    }
  }

  /* Only terrain, strip and a menu. */
  @container (width < 640px) {
    .panel {
      --control-width: 50px;
      --knob: 32px;
      --bar-width: 62px;
      --bar-number: 12px;
    }
    .top {
      grid-template-columns: auto minmax(0, 1fr) auto;
      gap: 4px;
      height: 36px;
      padding: 0 4px;
    }
    .state {
      gap: 8px;
      --meter-width: 56px;
    }
    .strip {
      padding: 5px 6px;
    }
    .position {
      gap: 10px;
      padding: 0 8px 0 0;
    }
    .sound {
      padding-left: 2px;
    }
    .play {
      width: 36px;
      height: 36px;
      margin-right: 9px;
    }
    .play svg {
      width: 17px;
      height: 17px;
    }
  }
  /* Too narrow for every knob: position and gain stay. */
  @container (width < 440px) {
    .sound .less {
      display: none;
    }
  }
  @container (height < 280px) {
    .strip {
      padding-block: 2px;
    }
  }
`;
