import { openSpeechModel } from '../../../gpu-container/src/transcribe/whisper/in-graph/speech-model.ts';
import { buildPrompt } from '../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { describeWhisper } from '../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import type { Hypothesis } from '../../../gpu-container/src/transcribe/whisper/search.ts';
import { compareTexts } from '../compare-texts.ts';
import { logMelDifference } from '../log-mel-difference.ts';
import { apart, readSamples } from '../speech.ts';
import { filesIn } from '../whisper-model/model-folder.ts';
import type { Setup } from './messages.ts';
import { serveSide } from './serve-side.ts';

/** Speech to text with published weights, on the device and on the CPU in single precision. */
export type ParityRequest = Setup & {
  readonly folder: string;
  readonly speechPath: string;
  /** Samples of the recordings in the file, each of up to 30 s. */
  readonly lengths: readonly number[];
};

await serveSide(async ({ device, precision, folder, speechPath, lengths }: ParityRequest, tell) => {
  const files = filesIn(folder);
  const whisper = await describeWhisper(files);
  const samples = apart(await readSamples(speechPath), lengths);
  const asked = { language: 'en', task: 'transcribe', timestamps: true } as const;
  const { vocabulary, tokenizer, dimensions } = whisper;
  const prompt = buildPrompt(asked, vocabulary, tokenizer, dimensions);
  const write = async (options: Pick<Setup, 'device' | 'precision'>): Promise<Hypothesis[]> => {
    const model = await openSpeechModel(files, whisper, options);
    const { texts } = await model.run({
      ...{ samples, prompts: samples.map(() => prompt) },
      ...{ timestamps: true, temperature: 0, stopAtLoops: true },
      maxNewTokens: dimensions.decoderPositions / 2,
    });
    await model.dispose();
    return texts.map(([text]) => text!);
  };
  const expected = await write({ device: 'cpu', precision: 'fp32' });
  tell({
    measured: 'parity',
    ...compareTexts(await write({ device, precision }), expected),
    logMelDifference: await logMelDifference(samples, dimensions.melBins, device),
  });
});
