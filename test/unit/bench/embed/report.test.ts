import { describe, expect, it } from '@jest/globals';
import { describeReport } from '../../../../bench/embed/describe-report.ts';
import { buildReport, type Figures, type Setting } from '../../../../bench/embed/report.ts';

const setting: Setting = {
  ...{ threads: 2, processor: 'a processor', peer: 'a peer 1.0', weights: 'generated' },
  ...{ data: null, quick: false },
};

const figures: Figures = {
  models: {
    sameGraph: { least: 0.99999991, mean: 1, neighbours: 0.9 },
    wholeFrames: { least: 0.99, mean: 0.995, neighbours: 0.9 },
    perBatch: new Map([
      [1, { ours: 20, peer: 10, ratio: 2.1 }],
      [8, { ours: 30, peer: 12, ratio: 2.5 }],
    ]),
    preparation: { ours: 60, peer: 80, ratio: 0.75 },
    peakRssMb: { ours: 1000.4, peer: 1100 },
  },
  videos: {
    videos: [{ name: '10 s', seconds: 10, ours: 2, peer: 5, ratio: 2.5 }],
    peakRssMb: { ours: 800, peer: 900 },
  },
  extraction: [
    {
      ...{ clip: '60 s', placement: 'exact', oursSeconds: 1.25, bareSeconds: 2.5 },
      ...{ ratio: 0.5, plainSeconds: 4 },
    },
    {
      ...{ clip: '60 s', placement: 'cheapest', oursSeconds: 0.5, bareSeconds: 2.5 },
      ...{ ratio: 0.2, plainSeconds: 4 },
    },
  ],
  text: {
    query: { single: 100, concurrent: 450, ratio: 4.5, worstDifference: 3e-8 },
    sentence: { single: 80, concurrent: 240, ratio: 3, worstDifference: 2e-8 },
  },
};

const withoutPeer: Figures = {
  ...figures,
  models: {
    ...figures.models,
    ...{ sameGraph: null, wholeFrames: null },
    perBatch: new Map([[1, { ours: 20, peer: null, ratio: null }]]),
    preparation: { ours: 60, peer: null, ratio: null },
    peakRssMb: { ours: 1000, peer: null },
  },
};

describe('the report of the embedding bench', () => {
  it('has every figure, by batch and by video', () => {
    expect(buildReport(setting, figures)).toMatchObject({
      ...{ bench: 'embed', weights: 'generated', peer: 'a peer 1.0' },
      clipFps: { 1: 20, 8: 30 },
      peerClipFps: { 1: 10, 8: 12 },
      clipRatio: { 1: 2.1, 8: 2.5 },
      jobSeconds: { '10 s': 2 },
      peerJobSeconds: { '10 s': 5 },
      jobRatio: { '10 s': 2.5 },
      ...{ extractionClip: '60 s', extractionSeconds: 1.25, extractionRatio: 0.5 },
      ...{ textConcurrentRatio: { query: 4.5, sentence: 3 }, peakRssMb: 800, peerPeakRssMb: 900 },
      agreement: { sameGraph: { least: 0.9999999 } },
    });
  });

  it('is told to people in tables', () => {
    const lines = describeReport(buildReport(setting, figures)).split('\n');
    expect(lines.find((line) => line.includes('batches of 8'))).toMatch(/30\.0 +12\.0 +2\.50$/);
    expect(lines.find((line) => line.startsWith('10 s'))).toMatch(/2\.00 +5\.00 +2\.50$/);
    expect(lines.find((line) => line.includes('exact'))).toMatch(/1\.25 s +2\.50 s +0\.50/);
    expect(lines.find((line) => line.startsWith('Peak memory'))).toContain('ours 1000 MiB');
  });

  it('has dashes where there is no peer', () => {
    const text = describeReport(buildReport({ ...setting, peer: null }, withoutPeer));
    expect(text).toMatch(/batches of 1 +20\.0 +- +-/);
    expect(text).toContain('against nothing');
  });
});
