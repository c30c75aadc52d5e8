import { describe, expect, it } from 'vitest';
import { latentFit } from './latents.js';

const model = (latents: number, namedLatents = latents) => ({
  name: '',
  hash: '',
  sampleRate: 44_100,
  hop: 2048,
  channels: 1,
  latents,
  namedLatents,
});

describe('a terrain and a model', () => {
  it('that fit need no words', () => {
    expect(latentFit(model(16), 16)).toBeNull();
  });

  it('that do not fit say how many latents the terrain drives, and ask what the rest gets', () => {
    expect(latentFit(model(16), 8)).toEqual({
      rest: 8,
      text: 'The terrain drives 8 of 16 latents. The other 8 get:',
    });
    expect(latentFit(model(2), 1)?.text).toBe('The terrain drives 1 of 2 latents. The other one gets:');
  });

  it('of which the terrain gives more say what is left out, and have nothing to choose', () => {
    expect(latentFit(model(8), 64)).toEqual({
      rest: 0,
      text: 'The terrain gives 64 latents; this model takes the first 8.',
    });
  });

  it('with latents that are not meant to be played leave those to the choice', () => {
    expect(latentFit(model(128, 16), 16)).toEqual({
      rest: 112,
      text: 'The terrain drives the 16 latents meant to be played. The other 112 get:',
    });
    expect(latentFit(model(128, 16), 64)).toEqual({
      rest: 112,
      text: 'The terrain gives 64 latents; this model takes the first 16. The other 112 get:',
    });
    expect(latentFit(model(128, 16), 4)).toEqual({
      rest: 124,
      text: 'The terrain drives 4 of 128 latents. The other 124 get:',
    });
  });
});
