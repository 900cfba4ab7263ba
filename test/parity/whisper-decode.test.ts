import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { type OnnxSession, openSession } from '../../gpu-container/src/onnx/session.ts';
import { logMel } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import { likeliestLanguage } from '../../gpu-container/src/transcribe/spoken-language.ts';
import { startDecoder } from '../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../gpu-container/src/transcribe/whisper/encoder.ts';
import {
  describeWhisper,
  type WhisperDescription,
} from '../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { startScores } from '../../gpu-container/src/transcribe/whisper/start-scores.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { decodeWindow, scoreReference } from './reference-decoding.ts';
import { readWav } from './wav.ts';
import {
  MODES,
  type Mode,
  type ReferenceClip,
  readFeatures,
  readMelClips,
  readReferenceWindows,
} from './whisper-references.ts';

// On another processor or release, so much of a log-probability is not in the model's digits.
const LOGPROB_TOLERANCE = 0.1;
const NOISY_RUNS = 3;
// Cut off in mid-sentence, its beams are so close that the release decides between them.
const CLOSE_BEAMS = 'jfk_0_5 beam5_plain';

type Case = { clip: ReferenceClip; mode: Mode; name: string };

// What must hold on any machine, with the onnxruntime that the product ships with:
// whisper-decode-exact.test.ts asks for more, on the release of the reference.
describeWithShared('Whisper decoding against openai/whisper', () => {
  const references = readReferenceWindows();
  const cases: Case[] = references.clips.flatMap((clip) =>
    MODES.map((mode) => ({ clip, mode, name: `${clip.name} ${mode}` })),
  );
  const stableCases = cases.filter(
    ({ clip, mode, name }) =>
      clip[mode].stability.same_tokens_of_3 === NOISY_RUNS && name !== CLOSE_BEAMS,
  );

  let model: WhisperDescription;
  let encoder: OnnxSession;
  /** As the product opens it; with the runtime's own options the exact test has it. */
  let decoder: OnnxSession;
  const storedStates = new Map<string, EncoderStates>();

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    expect(await sha256(files.file('encoder.onnx'))).toBe(pinned('encoder'));
    expect(await sha256(files.file('decoder.onnx'))).toBe(pinned('decoder'));

    model = await describeWhisper(files);
    encoder = await openSession(files.file('encoder.onnx'), { sessionOptions: 'default' });
    decoder = await openSession(files.file('decoder.onnx'));
    for (const clip of readMelClips()) {
      const features = await readFeatures(clip, 80);
      storedStates.set(clip.name, await encodeFeatures(encoder, features, model.dimensions));
    }
  });

  afterAll(async () => {
    await Promise.all([encoder.dispose(), decoder.dispose()]);
  });

  it('enumerates clips, some of them stable', () => {
    expect(stableCases.length).toBeGreaterThan(0);
  });

  for (const { clip, mode, name } of stableCases) {
    it(`writes the reference tokens from stored features: ${name}`, async () => {
      const states = storedStates.get(clip.name)!;
      const { tokens } = await decodeWindow(decoder, clip, mode, states, model);
      expect(tokens).toEqual(clip[mode].tokens);
    });
  }

  for (const { clip, mode, name } of cases.filter(({ clip, mode }) => clip[mode].steps)) {
    it(`believes the reference text as much, from own features: ${name}`, async () => {
      const states = await ownStates(clip.name);
      const logprobs = await scoreReference(decoder, clip, mode, states, model);
      const steps = clip[mode].steps!;

      expect(logprobs).toHaveLength(steps.length);
      const differences = logprobs.map((logprob, i) => Math.abs(logprob - steps[i]!.logprob));
      const mean = differences.reduce((sum, difference) => sum + difference, 0) / steps.length;
      expect(mean).toBeLessThan(LOGPROB_TOLERANCE);
    });
  }

  for (const { clip, mode, name } of stableCases.filter(({ clip }) => isStable(clip))) {
    it(`writes the reference tokens from own features: ${name}`, async () => {
      const states = await ownStates(clip.name);
      const { tokens } = await decodeWindow(decoder, clip, mode, states, model);
      expect(tokens).toEqual(clip[mode].tokens);
    });
  }

  for (const clip of references.clips) {
    it(`detects the reference language: ${clip.name}`, async () => {
      const run = startDecoder(decoder, model.dimensions)(storedStates.get(clip.name)!);
      const logits = await run.prefill([[model.vocabulary.startOfTranscript]]);
      const { languageProbs } = startScores(logits.at(0, 0), model.vocabulary);
      const detected = likeliestLanguage([...model.vocabulary.languages.keys()], [languageProbs]);

      const [code, probability] = clip.language_probs_top5[0]!;
      expect(detected.code).toBe(code);
      expect(Math.abs(detected.probability - probability)).toBeLessThan(LOGPROB_TOLERANCE);
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
});

/** Whether noise that any correct feature extractor may differ by leaves all decodings as they are. */
function isStable(clip: ReferenceClip): boolean {
  return MODES.every((mode) => clip[mode].stability.same_tokens_of_3 === NOISY_RUNS);
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
