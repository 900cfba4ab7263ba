import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { type OnnxSession, openSession } from '../../gpu-container/src/onnx/session.ts';
import { compressionRatio } from '../../gpu-container/src/transcribe/compression-ratio.ts';
import { HOP_LENGTH, logMel } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import {
  type DecoderRun,
  startDecoder,
} from '../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../gpu-container/src/transcribe/whisper/encoder.ts';
import {
  languageProbabilities,
  likeliestLanguage,
} from '../../gpu-container/src/transcribe/whisper/language.ts';
import { logitFilters } from '../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { buildPrompt } from '../../gpu-container/src/transcribe/whisper/prompt.ts';
import {
  describeWhisper,
  type WhisperDescription,
} from '../../gpu-container/src/transcribe/whisper/recognizer.ts';
import {
  avgLogprob,
  type Hypothesis,
  searchTokens,
} from '../../gpu-container/src/transcribe/whisper/search.ts';
import { windowResult } from '../../gpu-container/src/transcribe/whisper/segments.ts';
import { chooseMostProbable } from '../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readWav } from './wav.ts';
import {
  isReferenceRuntime,
  MODES,
  type ReferenceClip,
  readFeatures,
  readMelClips,
  readReferenceWindows,
} from './whisper-references.ts';

const LOGPROB_TOLERANCE = 1e-3;
const FORCED_MEAN_TOLERANCE = 0.1;
// Node's zlib finds fewer of the shortest matches than the reference one.
const COMPRESSION_TOLERANCE = 0.1;
const NOISY_RUNS = 3;

type Mode = (typeof MODES)[number];
type Case = { clip: ReferenceClip; mode: Mode; name: string };

describeWithShared('Whisper decoding against openai/whisper', () => {
  const references = readReferenceWindows();
  const cases: Case[] = references.clips.flatMap((clip) =>
    MODES.map((mode) => ({ clip, mode, name: `${clip.name} ${mode}` })),
  );
  const stableCases = cases.filter(
    ({ clip, mode }) => clip[mode].stability.same_tokens_of_3 === NOISY_RUNS,
  );
  // On another processor or runtime only stable decodings can be asked to be equal.
  const isReference = isReferenceRuntime(references.runtime);
  const equalCases = isReference ? cases : stableCases;
  const tolerance = isReference ? LOGPROB_TOLERANCE : FORCED_MEAN_TOLERANCE;

  let model: WhisperDescription;
  let encoder: OnnxSession;
  let start: Record<'default' | 'fast', (states: EncoderStates) => DecoderRun>;
  const disposals: (() => Promise<void>)[] = [];
  const storedStates = new Map<string, EncoderStates>();

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    expect(await sha256(files.file('encoder.onnx'))).toBe(pinned('encoder'));
    expect(await sha256(files.file('decoder.onnx'))).toBe(pinned('decoder'));

    const open = async (name: string, sessionOptions: 'default' | 'fast') => {
      const session = await openSession(files.file(name), { sessionOptions });
      disposals.push(session.dispose);
      return session;
    };
    model = await describeWhisper(files);
    encoder = await open('encoder.onnx', 'default');
    start = {
      default: startDecoder(await open('decoder.onnx', 'default'), model.dimensions),
      fast: startDecoder(await open('decoder.onnx', 'fast'), model.dimensions),
    };
    for (const clip of readMelClips()) {
      const features = await readFeatures(clip, 80);
      storedStates.set(clip.name, await encodeFeatures(encoder, features, model.dimensions));
    }
  });

  afterAll(async () => {
    await Promise.all(disposals.map((dispose) => dispose()));
  });

  it('enumerates clips, some of them stable', () => {
    expect(stableCases.length).toBeGreaterThan(0);
  });

  for (const { clip, mode, name } of equalCases) {
    it(`writes the reference tokens from stored features: ${name}`, async () => {
      const reference = clip[mode];
      const hypothesis = await decode(clip, mode, storedStates.get(clip.name)!);
      expect(hypothesis.tokens).toEqual(reference.tokens);
      expect(Math.abs(avgLogprob(hypothesis) - reference.avg_logprob)).toBeLessThan(tolerance);
      expect(Math.abs(hypothesis.noSpeechProb - reference.no_speech_prob)).toBeLessThan(tolerance);

      const { text, segments, settledSamples } = readWindow(clip, hypothesis);
      expect(text).toBe(reference.text);
      const ratio = compressionRatio(text) / reference.compression_ratio;
      expect(Math.abs(ratio - 1)).toBeLessThan(COMPRESSION_TOLERANCE);
      if (reference.segments) {
        expect(segments.map(({ start, end }) => [start, end].map(centiseconds))).toEqual(
          reference.segments.map(({ start, end }) => [start, end].map(centiseconds)),
        );
        expect(settledSamples).toBe(reference.advance_frames! * HOP_LENGTH);
      }
    });

    it(`writes the same with fast session options: ${name}`, async () => {
      const states = storedStates.get(clip.name)!;
      const fast = await decode(clip, mode, states, { sessionOptions: 'fast' });
      expect(fast.tokens).toEqual(clip[mode].tokens);
    });
  }

  for (const { clip, mode, name } of cases) {
    it(`believes the reference text as much, from own features: ${name}`, async () => {
      const states = await ownStates(clip.name);
      const { logprobs } = await decode(clip, mode, states, { forced: true });
      const { steps } = clip[mode];

      expect(logprobs).toHaveLength(steps.length);
      const differences = logprobs.map((logprob, i) => Math.abs(logprob - steps[i]!.logprob));
      const mean = differences.reduce((sum, difference) => sum + difference, 0) / steps.length;
      expect(mean).toBeLessThan(FORCED_MEAN_TOLERANCE);
    });
  }

  for (const { clip, mode, name } of stableCases.filter(({ clip }) => isStable(clip))) {
    it(`writes the reference tokens from own features: ${name}`, async () => {
      const states = await ownStates(clip.name);
      expect((await decode(clip, mode, states)).tokens).toEqual(clip[mode].tokens);
    });
  }

  for (const clip of references.clips) {
    it(`detects the reference language: ${clip.name}`, async () => {
      const run = start.default(storedStates.get(clip.name)!);
      const probabilities = await languageProbabilities(run, model.vocabulary);
      const codes = [...model.vocabulary.languages.keys()];
      const detected = likeliestLanguage(codes, [probabilities]);

      const [code, probability] = clip.language_probs_top5[0]!;
      expect(detected.code).toBe(code);
      expect(Math.abs(detected.probability - probability)).toBeLessThan(tolerance);
    });
  }

  function pinned(part: 'encoder' | 'decoder'): string | undefined {
    const { files } = references.model;
    const name = Object.keys(files).find((file) => file.includes(part));
    return name && files[name]?.sha256;
  }

  async function ownStates(clip: string): Promise<EncoderStates> {
    const samples = await readWav(sharedPath('fixtures/whisper_mel', `${clip}.wav`));
    return encodeFeatures(encoder, logMel(80)(samples), model.dimensions);
  }

  async function decode(
    clip: ReferenceClip,
    mode: Mode,
    states: EncoderStates,
    {
      sessionOptions = 'default',
      forced = false,
    }: { sessionOptions?: 'default' | 'fast'; forced?: boolean } = {},
  ): Promise<Hypothesis> {
    const { vocabulary, tokenizer, dimensions } = model;
    const timestamps = mode === 'greedy_timestamps';
    const prompt = buildPrompt(
      { language: clip.language, task: 'transcribe', timestamps },
      vocabulary,
      tokenizer,
      dimensions,
    );
    expect(prompt.tokens).toEqual(clip[mode].prompt);
    return searchTokens(
      start[sessionOptions](states),
      {
        prompt,
        filter: logitFilters(vocabulary, timestamps),
        choose: chooseMostProbable,
        maxNewTokens: dimensions.decoderPositions / 2,
        ...(forced && { forced: clip[mode].tokens }),
      },
      vocabulary,
    );
  }

  function readWindow(clip: ReferenceClip, { tokens }: Hypothesis) {
    const { samples } = readMelClips().find(({ name }) => name === clip.name)!;
    return windowResult(tokens, samples, model.vocabulary, model.tokenizer);
  }
});

/** Whether noise that any correct feature extractor may differ by leaves all decodings as they are. */
function isStable(clip: ReferenceClip): boolean {
  return MODES.every((mode) => clip[mode].stability.same_tokens_of_3 === NOISY_RUNS);
}

function centiseconds(seconds: number): number {
  return Math.round(seconds * 100);
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
