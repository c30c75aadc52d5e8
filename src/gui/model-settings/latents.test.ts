import { describe, expect, it } from 'vitest';
import { latentsSentence } from './latents.js';

const model = (latents: number) => ({
  name: '',
  hash: '',
  sampleRate: 44_100,
  hop: 2048,
  channels: 1,
  latents,
});

describe('a terrain and a model', () => {
  it('that fit need no words', () => {
    expect(latentsSentence(model(16), 16)).toBeNull();
  });

  it('that do not fit say how many latents the terrain drives, and what is chosen for the rest', () => {
    expect(latentsSentence(model(128), 8)).toBe(
      'The terrain drives the first 8 of 128 latents. The other 120 get:',
    );
    expect(latentsSentence(model(2), 1)).toBe(
      'The terrain drives the first of 2 latents. The other one gets:',
    );
  });

  it('of which the terrain gives more say what is left out', () => {
    expect(latentsSentence(model(8), 64)).toBe('The terrain gives 64 latents. This model takes the first 8.');
  });
});
